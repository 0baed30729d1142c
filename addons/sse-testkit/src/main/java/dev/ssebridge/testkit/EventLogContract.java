package dev.ssebridge.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.Cursor;
import dev.ssebridge.EventLog;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.Publication;
import dev.ssebridge.Replay;
import dev.ssebridge.Retention;
import dev.ssebridge.SseEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link EventLog} owes. An implementation's test extends this class and says how to
 * make an empty log; nothing else of a log is needed, so that one in another process passes too.
 *
 * <p>Threading: a log's followers may call on any thread, so what they say is awaited, to a
 * deadline.
 */
@Timeout(60)
public abstract class EventLogContract {
  private final List<EventLog> opened = new ArrayList<>();

  /** For subclasses. */
  protected EventLogContract() {}

  /**
   * Makes an empty log.
   *
   * @param retention what it keeps, of which this contract bounds {@code maxEvents} alone
   * @return the log, which the contract closes
   */
  protected abstract EventLog newLog(Retention retention);

  @AfterEach
  void closeLogs() {
    opened.forEach(EventLog::close);
  }

  private EventLog log() {
    return log(Retention.DEFAULTS);
  }

  private EventLog log(Retention retention) {
    EventLog log = newLog(retention);
    opened.add(log);
    return log;
  }

  private EventLog logOf(int maxEvents) {
    return log(Retention.DEFAULTS.withMaxEvents(maxEvents));
  }

  private static Cursor append(EventLog log, String channel, String data) {
    return append(log, Publication.of(channel, SseEvent.of(data)));
  }

  private static Cursor append(EventLog log, Publication publication) {
    return log.append(publication).toCompletableFuture().orTimeout(30, SECONDS).join();
  }

  private static Cursor at(EventLog log, long offset) {
    return new Cursor(log.head().epoch(), offset);
  }

  private static ChannelSet channels(String... patterns) {
    return ChannelSet.of(patterns);
  }

  private static String text(Replay.Entry entry) {
    byte[] bytes = new FrameEncoder(64).frame(entry.frame()).toByteArray();
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String data(Replay.Entry entry) {
    String text = text(entry);
    int from = text.indexOf("data: ") + "data: ".length();
    return text.substring(from, text.indexOf('\n', from));
  }

  private static List<String> data(Replay replay) {
    return replay.entries().stream().map(EventLogContract::data).toList();
  }

  private static List<String> complete(Replay replay) {
    return data(assertInstanceOf(Replay.Complete.class, replay));
  }

  /** Reads to the end, in pages of a size, and fails at a gap. */
  private static List<String> readAll(EventLog log, Cursor from, ChannelSet set, int page) {
    List<String> all = new ArrayList<>();
    Cursor at = from;
    while (true) {
      Replay replay = log.read(at, set, page);
      all.addAll(complete(replay));
      at = replay.next();
      if (replay.entries().size() < page) { // says that there is no more
        assertEquals(log.head(), at);
        return all;
      }
    }
  }

  // Order and offsets.

  @Test
  void anEmptyLogIsAtZeroAndHasNothing() {
    EventLog log = log();
    assertEquals(0, log.head().offset());
    assertTrue(log.head().epoch().length() <= EventLog.MAX_EPOCH_LENGTH);
    Replay replay = log.read(log.head(), channels("a", "b.*", "*"), 10);
    assertEquals(List.of(), complete(replay));
    assertEquals(log.head(), replay.next());
  }

  @Test
  void offsetsIncreaseOverAllChannels() {
    EventLog log = log();
    Cursor first = append(log, "a", "1");
    Cursor second = append(log, "b", "2");
    Cursor third = append(log, "a", "3");
    assertTrue(0 < first.offset());
    assertTrue(first.offset() < second.offset());
    assertTrue(second.offset() < third.offset());
    assertEquals(first.epoch(), second.epoch());
    assertEquals(first.epoch(), third.epoch());
  }

  @Test
  void theHeadIsTheNewestEventOfAnyChannel() {
    EventLog log = log();
    append(log, "a", "1");
    Cursor newest = append(log, "b", "2");
    assertEquals(newest, log.head());
  }

  @Test
  void anEventIsReadWithItsOffsetChannelAndBytes() {
    EventLog log = log();
    var event = SseEvent.of("tick", "one\ntwo \u20ac").withComment("why");
    Cursor cursor = append(log, Publication.of("a", event));
    Replay replay = log.read(at(log, 0), channels("a"), 10);
    assertEquals(1, replay.entries().size());
    Replay.Entry entry = replay.entries().get(0);
    assertEquals(cursor.offset(), entry.offset());
    assertEquals("a", entry.channel());
    assertEquals("tick", entry.frame().type());
    assertEquals(": why\nevent: tick\ndata: one\ndata: two \u20ac\n\n", text(entry));
  }

  @Test
  void anEventWithoutATypeTakesItsChannelsName() {
    EventLog log = log();
    append(log, "prices.eur", "1");
    Replay.Entry entry = log.read(at(log, 0), channels("prices.eur"), 1).entries().get(0);
    assertEquals("event: prices.eur\ndata: 1\n\n", text(entry));
  }

  @Test
  void channelsAreMergedInTheOrderOfTheLog() {
    EventLog log = log();
    for (int i = 0; i < 30; i++) {
      append(log, List.of("c", "a", "b").get(i * i % 3), "" + i);
    }
    List<String> expected = IntStream.range(0, 30).mapToObj(String::valueOf).toList();
    assertEquals(expected, complete(log.read(at(log, 0), channels("a", "b", "c"), 100)));
  }

  @Test
  void onlyWhatFollowsTheCursorIsRead() {
    EventLog log = log();
    append(log, "a", "1");
    Cursor seen = append(log, "a", "2");
    append(log, "a", "3");
    assertEquals(List.of("3"), complete(log.read(seen, channels("a"), 10)));
  }

  @Test
  void theCursorOfOneChannelsEventHoldsForEveryOther() {
    EventLog log = log();
    append(log, "a", "1");
    Cursor seen = append(log, "b", "2");
    append(log, "a", "3");
    assertEquals(List.of("3"), complete(log.read(seen, channels("a"), 10)));
  }

  @Test
  void onlyTheChannelsAskedForAreRead() {
    EventLog log = log();
    append(log, "a", "1");
    append(log, "b", "2");
    append(log, "ab", "3");
    assertEquals(List.of("1"), complete(log.read(at(log, 0), channels("a", "none"), 10)));
  }

  @Test
  void aPrefixStandsForAllThatBeginWithIt() {
    EventLog log = log();
    append(log, "prices.eur", "1");
    append(log, "prices", "2");
    append(log, "prices.usd.spot", "3");
    append(log, "pricesx.eur", "4");
    append(log, "alerts", "5");
    Cursor start = at(log, 0);
    assertEquals(List.of("1", "3"), complete(log.read(start, channels("prices.*"), 10)));
    assertEquals(List.of("3"), complete(log.read(start, channels("prices.usd.*"), 10)));
    assertEquals(5, log.read(start, channels("*"), 10).entries().size());
  }

  @Test
  void aChannelThatIsNamedAndHasThePrefixIsReadOnce() {
    EventLog log = log();
    append(log, "p.a", "1");
    append(log, "b", "2");
    Replay replay = log.read(at(log, 0), channels("p.a", "p.*", "*", "b"), 10);
    assertEquals(List.of("1", "2"), complete(replay));
  }

  @Test
  void readingDoesNotConsume() {
    EventLog log = log();
    append(log, "a", "1");
    append(log, "a", "2");
    for (int i = 0; i < 3; i++) {
      assertEquals(List.of("1", "2"), complete(log.read(at(log, 0), channels("a"), 10)));
    }
  }

  // Pages.

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 20, 21, 1000})
  void pagesOfAnySizeMakeUpTheWhole(int page) {
    EventLog log = log();
    for (int i = 0; i < 20; i++) {
      append(log, i % 3 == 0 ? "a" : "b." + i % 2, "" + i);
    }
    append(log, "unread", "x");
    List<String> expected = IntStream.range(0, 20).mapToObj(String::valueOf).toList();
    assertEquals(expected, readAll(log, at(log, 0), channels("a", "b.*"), page));
  }

  @Test
  void aPageHoldsAtMostWhatWasAskedFor() {
    EventLog log = log();
    Cursor first = append(log, "a", "1");
    append(log, "a", "2");
    Replay replay = log.read(at(log, 0), channels("a"), 1);
    assertEquals(List.of("1"), complete(replay));
    assertEquals(first, replay.next());
    assertThrows(IllegalArgumentException.class, () -> log.read(at(log, 0), channels("a"), 0));
  }

  @Test
  void anIdleChannelsReaderMovesOnToTheHead() {
    EventLog log = log();
    append(log, "idle", "1");
    append(log, "busy", "2");
    Replay replay = log.read(at(log, 0), channels("idle"), 10);
    assertEquals(log.head(), replay.next());
    assertEquals(log.head(), log.read(log.head(), channels("idle"), 10).next());
  }

  // Gaps.

  @Test
  void whatFollowsTheCursorButHasLeftTheLogIsAGap() {
    EventLog log = logOf(2);
    Cursor first = append(log, "a", "1");
    Cursor second = append(log, "a", "2");
    append(log, "a", "3");
    append(log, "a", "4");
    var gapped = assertInstanceOf(Replay.Gapped.class, log.read(first, channels("a"), 10));
    assertEquals(Replay.Gap.EXPIRED, gapped.reason());
    assertEquals(Map.of("a", second.offset()), gapped.lost());
    assertEquals(List.of("3", "4"), data(gapped));
    assertEquals(log.head(), gapped.next());
  }

  @Test
  void whatTheReaderHasSeenMayLeaveTheLogWithoutAGap() {
    EventLog log = logOf(2);
    append(log, "a", "1");
    Cursor seen = append(log, "a", "2");
    append(log, "a", "3");
    append(log, "a", "4");
    assertEquals(List.of("3", "4"), complete(log.read(seen, channels("a"), 10)));
  }

  @Test
  void aChannelIsGappedOnlyByItsOwnLosses() {
    EventLog log = logOf(2);
    Cursor seen = append(log, "idle", "1");
    for (int i = 0; i < 10; i++) {
      append(log, "busy", "b" + i);
    }
    append(log, "idle", "2");
    assertEquals(List.of("2"), complete(log.read(seen, channels("idle"), 10)));
    assertEquals(List.of("2"), complete(log.read(seen, channels("idle", "never"), 10)));
    var both = assertInstanceOf(Replay.Gapped.class, log.read(seen, channels("busy", "idle"), 10));
    assertEquals(Set.of("busy"), both.lost().keySet());
    assertEquals(List.of("b8", "b9", "2"), data(both));
  }

  @Test
  void aPrefixIsGappedByNameOfTheChannelThatLost() {
    EventLog log = logOf(2);
    append(log, "p.quiet", "q");
    for (int i = 0; i < 5; i++) {
      append(log, "p.busy", "" + i);
    }
    var gapped = assertInstanceOf(Replay.Gapped.class, log.read(at(log, 0), channels("p.*"), 10));
    assertEquals(Set.of("p.busy"), gapped.lost().keySet());
    assertEquals(List.of("q", "3", "4"), data(gapped));
  }

  @Test
  void everyPageFromBeforeTheLossSaysSo() {
    EventLog log = logOf(3);
    append(log, "other", "o1");
    for (int i = 0; i < 6; i++) {
      append(log, "a", "" + i);
    }
    append(log, "other", "o2");
    Replay first = log.read(at(log, 0), channels("a", "other"), 1);
    assertInstanceOf(Replay.Gapped.class, first);
    assertEquals(List.of("o1"), data(first));
    Replay second = log.read(first.next(), channels("a", "other"), 1);
    assertInstanceOf(Replay.Gapped.class, second);
    assertEquals(List.of("3"), data(second));
    Replay third = log.read(second.next(), channels("a", "other"), 10);
    assertEquals(List.of("4", "5", "o2"), complete(third));
  }

  // Epochs.

  @Test
  void aCursorOfAnotherEpochGetsAllThatIsKeptWithAGap() {
    EventLog log = log();
    append(log, "a", "1");
    append(log, "b", "2");
    append(log, "c.d", "3");
    var foreign = new Cursor(log.head().epoch() + "x", 1);
    var gapped =
        assertInstanceOf(
            Replay.Gapped.class, log.read(foreign, channels("a", "b", "c.*", "none"), 2));
    assertEquals(Replay.Gap.EPOCH, gapped.reason());
    assertEquals(Set.of("a", "b", "c.*", "none"), gapped.lost().keySet());
    assertEquals(List.of("1", "2"), data(gapped));
    assertEquals(log.head().epoch(), gapped.next().epoch());
    assertEquals(
        List.of("3"), complete(log.read(gapped.next(), channels("a", "b", "c.*", "none"), 10)));
  }

  @Test
  void aCursorAheadOfTheHeadIsNoneOfThisLogs() {
    EventLog log = log();
    Cursor head = append(log, "a", "1");
    var ahead = new Cursor(head.epoch(), head.offset() + 1);
    var gapped = assertInstanceOf(Replay.Gapped.class, log.read(ahead, channels("a"), 10));
    assertEquals(Replay.Gap.EPOCH, gapped.reason());
    assertEquals(List.of("1"), data(gapped));
    assertEquals(head, gapped.next());
    // What is appended later does not make the cursor right: it never was given out.
    var far = new Cursor(head.epoch(), Long.MAX_VALUE);
    assertInstanceOf(Replay.Gapped.class, log.read(far, channels("a"), 10));
  }

  /**
   * A reader that has been told of the lost epoch pages on through the new one. 1. the first page
   * says EPOCH and ends before the newest loss of a channel 2. the second page says EXPIRED of it;
   * unless the first page named that loss's offset, the reader would take it for another.
   */
  @Test
  void aLostEpochNamesTheLossesThatLaterPagesWillName() {
    EventLog log = logOf(2);
    append(log, "b", "1");
    for (int i = 0; i < 5; i++) {
      append(log, "a", "" + i);
    }
    var foreign = new Cursor("another", 7);
    var first = assertInstanceOf(Replay.Gapped.class, log.read(foreign, channels("a", "b"), 1));
    var second =
        assertInstanceOf(Replay.Gapped.class, log.read(first.next(), channels("a", "b"), 1));
    assertEquals(Replay.Gap.EPOCH, first.reason());
    assertEquals(Replay.Gap.EXPIRED, second.reason());
    assertEquals(first.lost().get("a"), second.lost().get("a"));
  }

  // The latest value only.

  @Test
  void aNewerEventOfAKeyTakesThePlaceOfTheOlderWithoutAGap() {
    EventLog log = log();
    append(log, Publication.of("a", SseEvent.of("x1")).latestOf("x"));
    append(log, Publication.of("a", SseEvent.of("y1")).latestOf("y"));
    append(log, Publication.of("a", SseEvent.of("plain")));
    append(log, Publication.of("b", SseEvent.of("bx1")).latestOf("x"));
    append(log, Publication.of("a", SseEvent.of("x2")).latestOf("x"));
    assertEquals(
        List.of("y1", "plain", "bx1", "x2"),
        complete(log.read(at(log, 0), channels("a", "b"), 10)));
  }

  @Test
  void aReaderBetweenTwoEventsOfAKeyGetsTheSecond() {
    EventLog log = log();
    append(log, Publication.of("a", SseEvent.of("1")).latestOf("x"));
    Cursor between = append(log, Publication.of("a", SseEvent.of("2")).latestOf("x"));
    append(log, Publication.of("a", SseEvent.of("3")).latestOf("x"));
    assertEquals(List.of("3"), complete(log.read(between, channels("a"), 10)));
  }

  @Test
  void replacedEventsDoNotUseUpTheRetention() {
    EventLog log = logOf(3);
    append(log, "a", "old");
    for (int i = 0; i < 100; i++) {
      append(log, Publication.of("a", SseEvent.of("x" + i)).latestOf("x"));
    }
    append(log, "a", "new");
    assertEquals(List.of("old", "x99", "new"), complete(log.read(at(log, 0), channels("a"), 10)));
  }

  @Test
  void aLatestValueThatLeavesTheLogIsAGapLikeAnyOther() {
    EventLog log = logOf(2);
    Cursor value = append(log, Publication.of("a", SseEvent.of("x1")).latestOf("x"));
    append(log, "a", "1");
    append(log, "a", "2");
    Cursor start = at(log, 0);
    var gapped = assertInstanceOf(Replay.Gapped.class, log.read(start, channels("a"), 10));
    assertEquals(Map.of("a", value.offset()), gapped.lost());
    append(log, Publication.of("a", SseEvent.of("x2")).latestOf("x"));
    assertEquals(List.of("2", "x2"), data(log.read(start, channels("a"), 10)));
  }

  // Once.

  @Test
  void publishingAgainWithTheSameKeyAnswersTheFirstCursor() {
    EventLog log = log();
    Cursor first = append(log, Publication.of("a", SseEvent.of("1")).once("k"));
    append(log, "a", "2");
    assertEquals(first, append(log, Publication.of("a", SseEvent.of("1")).once("k")));
    assertEquals(List.of("1", "2"), complete(log.read(at(log, 0), channels("a"), 10)));
  }

  /** One order that is published to two channels under its number must reach both. */
  @Test
  void aKeyIsOfItsChannel() {
    EventLog log = log();
    Cursor a = append(log, Publication.of("a", SseEvent.of("1")).once("k"));
    Cursor b = append(log, Publication.of("b", SseEvent.of("2")).once("k"));
    assertNotEquals(a, b);
    assertEquals(List.of("1", "2"), complete(log.read(at(log, 0), channels("a", "b"), 10)));
  }

  @Test
  void ofManyAttemptsAtOnceOneIsTaken() throws Exception {
    EventLog log = log();
    List<Cursor> cursors =
        together(8, i -> append(log, Publication.of("a", SseEvent.of("" + i)).once("the same")));
    assertEquals(1, Set.copyOf(cursors).size());
    assertEquals(1, log.read(at(log, 0), channels("a"), 10).entries().size());
  }

  // Followers.

  @Test
  void anEventCanBeReadBeforeItsFollowersHearOfIt() throws Exception {
    EventLog log = log();
    var seen = new LinkedBlockingQueue<List<String>>();
    log.follow(
        (channel, offset) -> seen.add(data(log.read(at(log, offset - 1), channels(channel), 10))));
    append(log, "a", "1");
    assertEquals(List.of("1"), seen.poll(30, SECONDS));
    append(log, "b", "2");
    assertEquals(List.of("2"), seen.poll(30, SECONDS));
  }

  @Test
  void aFollowerHearsOfEveryEvent() throws Exception {
    EventLog log = log();
    var heard = new LinkedBlockingQueue<String>();
    log.follow((channel, offset) -> heard.add(channel + offset));
    Set<String> expected = new TreeSet<>();
    Set<String> actual = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      expected.add("a" + append(log, "a", "x").offset());
    }
    for (int i = 0; i < 20; i++) {
      actual.add(heard.poll(30, SECONDS));
    }
    assertEquals(expected, actual);
  }

  @Test
  void aRepeatedPublicationIsNoNews() throws Exception {
    EventLog log = log();
    var heard = new LinkedBlockingQueue<Long>();
    log.follow((channel, offset) -> heard.add(offset));
    Cursor first = append(log, Publication.of("a", SseEvent.of("1")).once("k"));
    append(log, Publication.of("a", SseEvent.of("1")).once("k"));
    Cursor last = append(log, "a", "2");
    assertEquals(first.offset(), heard.poll(30, SECONDS));
    assertEquals(last.offset(), heard.poll(30, SECONDS));
  }

  @Test
  void aClosedFollowingHearsNothingMore() throws Exception {
    EventLog log = log();
    var closed = new LinkedBlockingQueue<Long>();
    var open = new LinkedBlockingQueue<Long>();
    EventLog.Following following = log.follow((channel, offset) -> closed.add(offset));
    log.follow((channel, offset) -> open.add(offset));
    following.close();
    following.close();
    append(log, "a", "1");
    assertNotNull(open.poll(30, SECONDS));
    append(log, "a", "2");
    assertNotNull(open.poll(30, SECONDS));
    assertTrue(closed.isEmpty());
  }

  @Test
  void oneFollowerMayFollowTwice() throws Exception {
    EventLog log = log();
    var heard = new LinkedBlockingQueue<Long>();
    EventLog.Follower follower = (channel, offset) -> heard.add(offset);
    EventLog.Following first = log.follow(follower);
    log.follow(follower);
    first.close();
    first.close();
    Cursor cursor = append(log, "a", "1");
    assertEquals(cursor.offset(), heard.poll(30, SECONDS));
  }

  @Test
  void aFollowerThatThrowsHurtsNeitherThePublisherNorTheOthers() throws Exception {
    EventLog log = log();
    var heard = new LinkedBlockingQueue<Long>();
    log.follow(
        (channel, offset) -> {
          throw new IllegalStateException("a follower's fault, on purpose");
        });
    log.follow((channel, offset) -> heard.add(offset));
    Cursor cursor = append(log, "a", "1");
    assertEquals(cursor.offset(), heard.poll(30, SECONDS));
  }

  @Test
  void aFollowerMayAppend() throws Exception {
    EventLog log = log();
    var echoed = new LinkedBlockingQueue<String>();
    log.follow(
        (channel, offset) -> {
          if (channel.equals("a")) {
            log.append(Publication.of("echo", SseEvent.of("e" + offset)));
          } else {
            echoed.add(channel);
          }
        });
    append(log, "a", "1");
    assertEquals("echo", echoed.poll(30, SECONDS));
  }

  // The end.

  @Test
  void aClosedLogHasNothingAndTakesNothing() {
    EventLog log = log();
    Cursor head = append(log, "a", "1");
    log.close();
    assertEquals(List.of(), data(log.read(new Cursor(head.epoch(), 0), channels("a"), 10)));
    CompletableFuture<Cursor> late =
        log.append(Publication.of("a", SseEvent.of("2"))).toCompletableFuture();
    assertThrows(CompletionException.class, () -> late.orTimeout(30, SECONDS).join());
    log.close();
  }

  // Many at once.

  @Test
  void readersSeeOneOrderWhileManyAppend() throws Exception {
    int writers = 3;
    int events = 400;
    EventLog log = log();
    var done = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<List<Replay.Entry>>> readers = new ArrayList<>();
      for (int r = 0; r < 3; r++) {
        var random = new Random(r);
        readers.add(threads.submit(() -> readUntil(log, channels("c0", "c.*"), random, done)));
      }
      List<Future<?>> appending = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        int writer = w;
        appending.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < events; i++) {
                    append(log, i % 2 == 0 ? "c0" : "c." + writer, writer + ":" + i);
                  }
                }));
      }
      for (Future<?> one : appending) {
        one.get();
      }
      done.set(true);
      List<Replay.Entry> all = log.read(at(log, 0), channels("*"), 10_000).entries();
      assertEquals(writers * events, all.size());
      assertStrictlyIncreasing(all);
      for (int w = 0; w < writers; w++) {
        String prefix = w + ":";
        List<String> own =
            all.stream().map(EventLogContract::data).filter(d -> d.startsWith(prefix)).toList();
        assertEquals(
            IntStream.range(0, events).mapToObj(i -> prefix + i).toList(), own, "writer's order");
      }
      for (Future<List<Replay.Entry>> reader : readers) {
        assertEquals(offsets(all), offsets(reader.get()));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<Replay.Entry> readUntil(
      EventLog log, ChannelSet set, Random random, AtomicBoolean done) {
    List<Replay.Entry> all = new ArrayList<>();
    Cursor at = at(log, 0);
    while (true) {
      boolean last = done.get();
      Replay replay = log.read(at, set, 1 + random.nextInt(50));
      assertInstanceOf(Replay.Complete.class, replay);
      all.addAll(replay.entries());
      if (last && replay.entries().isEmpty()) {
        return all;
      }
      at = replay.next();
    }
  }

  /** What an append has answered can be read by whoever learns of the answer. */
  @Test
  void anEventCanBeReadOnceItsAppendCompletes() throws Exception {
    EventLog log = log();
    List<List<Long>> missing =
        together(
            4,
            w -> {
              List<Long> mine = new ArrayList<>();
              for (int i = 0; i < 200; i++) {
                Cursor cursor = append(log, "c" + w, "" + i);
                Cursor before = new Cursor(cursor.epoch(), cursor.offset() - 1);
                Replay replay = log.read(before, channels("c" + w), 1);
                if (replay.entries().isEmpty()
                    || replay.entries().get(0).offset() != cursor.offset()
                    || log.head().offset() < cursor.offset()) {
                  mine.add(cursor.offset());
                }
              }
              return mine;
            });
    assertEquals(Collections.nCopies(4, List.of()), missing);
  }

  private static <T> List<T> together(int count, IntTask<T> task) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      var start = new CountDownLatch(1);
      List<Future<T>> results = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        Callable<T> call =
            () -> {
              start.await();
              return task.run(number);
            };
        results.add(threads.submit(call));
      }
      start.countDown();
      List<T> all = new ArrayList<>();
      for (Future<T> result : results) {
        all.add(result.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Something to do, by number. */
  private interface IntTask<T> {
    T run(int number) throws Exception;
  }

  private static List<Long> offsets(Collection<Replay.Entry> entries) {
    return entries.stream().map(Replay.Entry::offset).toList();
  }

  private static void assertStrictlyIncreasing(List<Replay.Entry> entries) {
    for (int i = 1; i < entries.size(); i++) {
      assertTrue(entries.get(i - 1).offset() < entries.get(i).offset(), "at " + i);
    }
  }

  // A model: everything that was ever appended, and what it replaced.

  /**
   * Random publications into small channels, read from random cursors for random channels: what a
   * replay leaves out is exactly what it says, and it leaves out only what retention took.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aReplayLeavesOutExactlyWhatItSays(long seed) {
    var random = new Random(seed);
    int maxEvents = 1 + random.nextInt(6);
    EventLog log = logOf(maxEvents);
    List<String> names = List.of("a", "b", "p.a", "p.b", "p.q.c");
    Map<Long, Published> all = new TreeMap<>();
    Map<List<String>, Published> latest = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      String channel = names.get(random.nextInt(random.nextBoolean() ? 2 : names.size()));
      var publication = Publication.of(channel, SseEvent.of("" + i));
      String key = random.nextInt(3) == 0 ? "k" + random.nextInt(3) : null;
      long offset = append(log, key == null ? publication : publication.latestOf(key)).offset();
      var published = new Published(channel);
      all.put(offset, published);
      Published replaced = key == null ? null : latest.put(List.of(channel, key), published);
      if (replaced != null) {
        replaced.replaced = true;
      }
      for (int reads = 0; reads < 3; reads++) {
        ChannelSet set = randomSet(random);
        long from = random.nextInt((int) offset + 1);
        check(log, all, set, from, maxEvents);
      }
    }
  }

  private static ChannelSet randomSet(Random random) {
    List<String> patterns = List.of("a", "b", "p.a", "p.*", "p.q.*", "*", "never");
    List<String> chosen = new ArrayList<>();
    while (chosen.isEmpty()) {
      patterns.stream().filter(one -> random.nextInt(3) == 0).forEach(chosen::add);
    }
    return ChannelSet.of(chosen);
  }

  private static void check(
      EventLog log, Map<Long, Published> all, ChannelSet set, long from, int maxEvents) {
    Replay replay = log.read(at(log, from), set, 1000);
    Set<Long> read = new TreeSet<>(offsets(replay.entries()));
    assertStrictlyIncreasing(replay.entries());
    Map<String, Long> missing = new TreeMap<>(); // channel -> newest missing
    Map<String, Integer> newer = new HashMap<>(); // channel -> events after the newest missing
    all.entrySet().stream()
        .filter(one -> one.getKey() > from && set.contains(one.getValue().channel))
        .sorted(Map.Entry.<Long, Published>comparingByKey(Comparator.reverseOrder()))
        .forEach(
            one -> {
              Published published = one.getValue();
              if (read.remove(one.getKey())) {
                assertFalse(published.replaced, "replaced, but read");
                newer.merge(published.channel, 1, Integer::sum);
              } else if (!published.replaced) {
                missing.putIfAbsent(published.channel, one.getKey());
              }
            });
    assertEquals(Set.of(), read, "read, but never appended after the cursor");
    if (replay instanceof Replay.Gapped gapped) {
      assertEquals(Replay.Gap.EXPIRED, gapped.reason());
      assertEquals(missing.keySet(), gapped.lost().keySet());
      missing.forEach(
          (channel, offset) -> assertTrue(gapped.lost().getOrDefault(channel, -1L) >= offset));
      missing.keySet().forEach(channel -> assertEquals(maxEvents, newer.get(channel)));
    } else {
      assertEquals(Map.of(), missing);
    }
    assertEquals(log.head(), replay.next());
  }

  private static final class Published {
    final String channel;
    boolean replaced;

    Published(String channel) {
      this.channel = channel;
    }
  }
}
