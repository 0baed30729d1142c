package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What only this log promises. What every log owes is the test kit's {@code EventLogContract}. */
class MemoryEventLogTest {
  private static final int FRAME = frameLength("a", "1"); // of any one-letter channel and text

  private long now;

  private MemoryEventLog clocked(Retention retention) {
    return new MemoryEventLog(retention, () -> now, "e");
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static int frameLength(String channel, String data) {
    return FrameEncoder.frame(SseEvent.of(data), channel).length();
  }

  private static long publish(MemoryEventLog log, String channel, String data) {
    Publication publication = Publication.of(channel, SseEvent.of(data));
    return log.append(publication).toCompletableFuture().join().offset();
  }

  private static Replay read(MemoryEventLog log, long from, String... channels) {
    return log.read(new Cursor("e", from), ChannelSet.of(channels), 100_000);
  }

  private static List<Long> offsets(Replay replay) {
    return replay.entries().stream().map(Replay.Entry::offset).toList();
  }

  private static Map<String, Long> lost(Replay replay) {
    return assertInstanceOf(Replay.Gapped.class, replay).lost();
  }

  @Test
  void everyLogHasAnEpochOfItsOwn() {
    assertNotEquals(new MemoryEventLog().head().epoch(), new MemoryEventLog().head().epoch());
  }

  @Test
  void theOldestLeaveWhenAChannelHasTooManyBytes() {
    MemoryEventLog log = clocked(Retention.DEFAULTS.withMaxBytes(3L * FRAME + 1, 1000));
    for (int i = 0; i < 5; i++) {
      publish(log, "a", "" + i);
    }
    publish(log, "b", "5");
    assertEquals(List.of(3L, 4L, 5L), offsets(read(log, 0, "a")));
    assertEquals(Map.of("a", 2L), lost(read(log, 0, "a", "b")));
  }

  @Test
  void theOldestOfAllLeaveWhenTheLogHasTooManyBytes() {
    MemoryEventLog log = clocked(Retention.DEFAULTS.withMaxBytes(1000, 3L * FRAME));
    publish(log, "a", "1");
    publish(log, "b", "2");
    publish(log, "a", "3");
    publish(log, "c", "4");
    publish(log, "c", "5");
    assertEquals(List.of(3L, 4L, 5L), offsets(read(log, 0, "*")));
    assertEquals(Map.of("a", 1L, "b", 2L), lost(read(log, 0, "*")));
  }

  @Test
  void anEventLargerThanTheLogMayBeIsRefused() {
    MemoryEventLog channelBound = clocked(Retention.DEFAULTS.withMaxBytes(FRAME, 1000));
    MemoryEventLog totalBound = clocked(Retention.DEFAULTS.withMaxBytes(1000, FRAME));
    assertEquals(1, publish(channelBound, "a", "1"));
    assertEquals(1, publish(totalBound, "a", "1"));
    assertThrows(IllegalArgumentException.class, () -> publish(channelBound, "a", "22"));
    assertThrows(IllegalArgumentException.class, () -> publish(totalBound, "a", "22"));
    assertEquals(List.of(1L), offsets(read(channelBound, 0, "a")));
  }

  @Test
  void whatIsTooOldLeavesEvenIfNothingIsPublished() {
    MemoryEventLog log = clocked(Retention.DEFAULTS.withMaxAge(Duration.ofSeconds(10)));
    publish(log, "a", "1");
    pass(Duration.ofSeconds(4));
    publish(log, "b", "2");
    pass(Duration.ofSeconds(6));
    assertEquals(List.of(1L, 2L), offsets(read(log, 0, "a", "b")));
    pass(Duration.ofMillis(1));
    assertEquals(Map.of("a", 1L), lost(read(log, 0, "a", "b")));
    assertEquals(List.of(2L), offsets(read(log, 0, "a", "b")));
    pass(Duration.ofSeconds(4));
    assertEquals(Map.of("a", 1L, "b", 2L), lost(read(log, 0, "a", "b")));
  }

  @Test
  void timeMayBeginAnywhere() {
    now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos(); // and so wraps around below
    MemoryEventLog log = clocked(Retention.DEFAULTS.withMaxAge(Duration.ofSeconds(10)));
    publish(log, "a", "1");
    pass(Duration.ofSeconds(10));
    assertEquals(List.of(1L), offsets(read(log, 0, "a")));
    pass(Duration.ofMillis(1));
    assertEquals(List.of(), offsets(read(log, 0, "a")));
  }

  @Test
  void anIdleChannelIsForgottenOnceItIsEmpty() {
    MemoryEventLog log = clocked(Retention.DEFAULTS.withChannelIdle(Duration.ofMinutes(60)));
    publish(log, "a", "1");
    publish(log, "b", "2");
    pass(Duration.ofMinutes(59));
    publish(log, "b", "3");
    assertEquals(2, log.channels());
    pass(Duration.ofMinutes(10));
    publish(log, "c", "4");
    assertEquals(2, log.channels()); // a is gone
    pass(Duration.ofMinutes(100));
    read(log, 0, "a");
    assertEquals(0, log.channels());
  }

  @Test
  void aForgottenChannelIsStillGappedForThoseWhoMissedItsEvents() {
    MemoryEventLog log = clocked(Retention.DEFAULTS);
    publish(log, "a", "1");
    publish(log, "p.b", "2");
    pass(Duration.ofHours(3));
    read(log, 0, "a");
    assertEquals(0, log.channels());
    assertEquals(Map.of("a", 1L), lost(read(log, 0, "a")));
    assertEquals(Map.of("p.b", 2L), lost(read(log, 0, "p.*", "never")));
    publish(log, "a", "3");
    assertEquals(Map.of("a", 1L), lost(read(log, 0, "a")));
    assertEquals(List.of(3L), offsets(read(log, 1, "a")));
  }

  /**
   * A client that has seen all of an idle channel comes back. 1. its last id is the idle channel's
   * last event 2. other channels come, go and are forgotten 3. nothing of its own is missing.
   */
  @Test
  void aChannelIsNotGappedByOthersThatWereForgotten() {
    MemoryEventLog log = clocked(Retention.DEFAULTS);
    long seen = publish(log, "idle", "1");
    publish(log, "job-17", "2");
    publish(log, "q.job", "3");
    pass(Duration.ofHours(3));
    publish(log, "busy", "4");
    assertEquals(1, log.channels());
    assertInstanceOf(Replay.Complete.class, read(log, seen, "idle", "new", "r.*"));
    long fresh = publish(log, "new", "5");
    assertEquals(List.of(fresh), offsets(read(log, seen, "idle", "new")));
    assertInstanceOf(Replay.Complete.class, read(log, seen, "idle", "new"));
  }

  @Test
  void beyondWhatIsKnownOfForgottenChannelsAGapIsToldRatherThanMissed() {
    MemoryEventLog log = clocked(Retention.DEFAULTS);
    long first = publish(log, "first", "x");
    publish(log, "second", "x");
    for (int i = 0; i < MemoryEventLog.MAX_DEPARTED - 1; i++) {
      publish(log, "c" + i, "x");
    }
    pass(Duration.ofHours(3));
    read(log, 0, "a");
    assertEquals(0, log.channels());
    assertEquals(Set.of("first"), lost(read(log, first - 1, "first")).keySet());
    assertEquals(Set.of("*", "second"), withoutOthers(lost(read(log, first - 1, "*"))));
    assertInstanceOf(Replay.Complete.class, read(log, first, "first", "never"));
  }

  private static Set<String> withoutOthers(Map<String, Long> lost) {
    lost.keySet().removeIf(name -> name.startsWith("c"));
    return lost.keySet();
  }

  @Test
  void onlySoManyIdempotencyKeysAreRemembered() {
    MemoryEventLog log = clocked(Retention.DEFAULTS.withMaxIdempotencyKeys(2));
    assertEquals(1, once(log, "k1"));
    assertEquals(2, once(log, "k2"));
    assertEquals(1, once(log, "k1"));
    assertEquals(3, once(log, "k3")); // k1 is the oldest, and leaves
    assertEquals(2, once(log, "k2"));
    assertEquals(4, once(log, "k1"));
  }

  private static long once(MemoryEventLog log, String key) {
    Publication publication = Publication.of("a", SseEvent.of("x")).once(key);
    return log.append(publication).toCompletableFuture().join().offset();
  }

  @Test
  void aBoundThatIsNotPositiveIsRefused() {
    Retention good = Retention.DEFAULTS;
    assertThrows(IllegalArgumentException.class, () -> good.withMaxEvents(0));
    assertThrows(IllegalArgumentException.class, () -> good.withMaxBytes(0, 1));
    assertThrows(IllegalArgumentException.class, () -> good.withMaxBytes(1, 0));
    assertThrows(IllegalArgumentException.class, () -> good.withMaxIdempotencyKeys(0));
    assertThrows(IllegalArgumentException.class, () -> good.withMaxAge(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> good.withChannelIdle(Duration.ofNanos(1)));
  }

  @Test
  void aTimeThatNanosecondsCannotCountIsRefusedAtBirth() {
    var forEver = Duration.ofSeconds(Long.MAX_VALUE);
    Retention good = Retention.DEFAULTS;
    assertThrows(IllegalArgumentException.class, () -> good.withMaxAge(forEver));
    assertThrows(IllegalArgumentException.class, () -> good.withChannelIdle(forEver));
  }
}
