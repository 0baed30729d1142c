package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a publish to what a client makes of the bytes, on a pump that is run by hand. */
class SubscriptionTest {
  private long now;
  private final Pump pump = Pump.manual(() -> now, () -> 0);
  private final List<Client> clients = new ArrayList<>();
  private CountingLog log = new CountingLog(Retention.DEFAULTS);
  private SseHub hub = hub(HubOptions.DEFAULTS);

  private SseHub hub(HubOptions options) {
    return SseHub.create(options.withLog(log).withPump(pump));
  }

  private void keepOnly(int maxEvents) {
    log = new CountingLog(Retention.DEFAULTS.withMaxEvents(maxEvents));
    hub = hub(HubOptions.DEFAULTS);
  }

  private void publish(String channel, String data) {
    hub.publish(channel, data);
  }

  private void publish(String channel, int from, int to) {
    IntStream.rangeClosed(from, to).forEach(i -> publish(channel, "" + i));
  }

  private static List<String> events(String channel, int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> channel + " " + i).toList();
  }

  /** What one client has of one stream. */
  private final class Client {
    final FakeSink sink = new FakeSink();
    final ClientStream stream = new ClientStream();
    final Subscription subscription;
    final PumpStream pumped;
    StreamEnd end;

    Client(String lastEventId, Interest interest) {
      clients.add(this);
      subscription = hub.subscribe(interest, lastEventId);
      pumped =
          sink.of(
              pump.attach(
                  sink,
                  subscription,
                  subscription.start(),
                  StreamOptions.DEFAULTS,
                  why -> end = why));
    }

    /** The events since the last call. */
    List<String> receives() {
      pump.runPending();
      stream.feed(sink.takeText());
      return stream.take();
    }

    String lastEventId() {
      return stream.lastEventId();
    }
  }

  private Client connect(String... channels) {
    return resume(null, channels);
  }

  private Client resume(String lastEventId, String... channels) {
    var client = new Client(lastEventId, Interest.in(channels));
    pump.runPending();
    return client;
  }

  @AfterEach
  void nothingIsLeftOver() {
    clients.forEach(client -> client.sink.check());
    clients.forEach(client -> client.pumped.endNow(StreamEnd.COMPLETED));
    pump.runPending();
    assertEquals(0, pump.streams());
    assertEquals(0, hub.patterns());
  }

  // Live and replay.

  @Test
  void anObjectIsPublishedAsJson() {
    Client client = connect("metrics");
    hub.publishJson("metrics", Map.of("cpu", 0.5));
    assertEquals(List.of("metrics {\"cpu\":0.5}"), client.receives());
  }

  @Test
  void aPublishedEventIsOnTheWireWithItsCursor() {
    Client client = connect("metrics");
    publish("metrics", "cpu\n0.5");
    pump.runPending();
    assertEquals("id: e-1\nevent: metrics\ndata: cpu\ndata: 0.5\n\n", client.sink.text());
    assertTrue(client.sink.isFlushed());
  }

  @Test
  void anEventsOwnTypeAndRetryAreSent() {
    Client client = connect("a");
    hub.publish("a", SseEvent.of("t", "x").withRetry(Duration.ofSeconds(1)).withComment("c"));
    pump.runPending();
    assertEquals("id: e-1\n: c\nretry: 1000\nevent: t\ndata: x\n\n", client.sink.text());
  }

  @Test
  void aNewSubscriberGetsWhatComesFromNowOn() {
    publish("a", "old");
    Client client = connect("a");
    publish("a", "new");
    assertEquals(List.of("a new"), client.receives());
  }

  @Test
  void aSubscriberBeginsWhenItSubscribesNotWhenItsStreamRuns() {
    var client = new Client(null, Interest.in("a"));
    publish("a", "x");
    assertEquals(List.of("a x"), client.receives());
  }

  @Test
  void aResumedStreamGoesOnExactlyWhereItsClientWas() {
    Client client = connect("a", "b");
    publish("a", 1, 3);
    publish("b", 4, 5);
    assertEquals(5, client.receives().size());
    String last = client.lastEventId();
    client.pumped.endNow(StreamEnd.CLIENT_GONE);
    publish("b", 6, 6);
    publish("c", 7, 7);
    publish("a", 8, 8);
    Client again = resume(last, "a", "b");
    assertEquals(List.of("b 6", "a 8"), again.receives());
    publish("a", 9, 9);
    assertEquals(List.of("a 9"), again.receives());
    assertEquals(List.of(), resume(again.lastEventId(), "a", "b").receives());
  }

  @Test
  void fiftyChannelsAreOneStreamWithOneId() {
    String[] names = IntStream.range(0, 50).mapToObj(i -> "c" + i).toArray(String[]::new);
    Client client = connect(names);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String channel = names[i * 7 % 50];
      publish(channel, "" + i);
      expected.add(channel + " " + i);
    }
    assertEquals(expected.subList(0, 500), client.receives());
    publish("c0", "x");
    publish("c49", "y");
    assertEquals(List.of("c0 x", "c49 y"), resume(client.lastEventId(), names).receives());
  }

  @Test
  void aPrefixFollowsChannelsThatDidNotExistBefore() {
    Client client = connect("prices.*", "news");
    Client all = connect("*");
    publish("prices.eur", "1");
    publish("prices.usd.spot", "2");
    publish("pricesx", "3");
    publish("news", "4");
    publish("news.today", "5");
    assertEquals(List.of("prices.eur 1", "prices.usd.spot 2", "news 4"), client.receives());
    assertEquals(5, all.receives().size());
  }

  @Test
  void onlyEventsOfTheTypesAskedForAreSent() {
    var client = new Client(null, new Interest(ChannelSet.of("a", "b"), Set.of("delta", "b")));
    hub.publish("a", SseEvent.of("delta", "1"));
    publish("a", "2");
    publish("b", "3");
    hub.publish("b", SseEvent.of("other", "4"));
    assertEquals(List.of("delta 1", "b 3"), client.receives());
  }

  @Test
  void aFilterThatLetsLittleThroughFindsItInALongBacklog() {
    publish("a", 1, 1000);
    hub.publish("a", SseEvent.of("rare", "x"));
    publish("a", 1001, 2000);
    var client = new Client("e-0", new Interest(ChannelSet.of("a"), Set.of("rare")));
    assertEquals(List.of("rare x"), client.receives());
  }

  /**
   * A source that stops before it has filled a run is not read again. 1. a small event 2. one that
   * does not fit into the rest of the run 3. nothing more is published that would wake the stream.
   */
  @ParameterizedTest
  @CsvSource({"100, 100000", "3000, 6000", "4000, 4200", "8000, 8000", "1, 3000000"})
  void aLargeEventDoesNotWaitForTheNext(int small, int large) {
    Client client = connect("a");
    publish("a", "x".repeat(small));
    publish("a", "y".repeat(large));
    publish("a", "end");
    List<String> received = client.receives();
    assertEquals(3, received.size());
    assertEquals(2 + large, received.get(1).length());
    assertEquals("a end", received.get(2));
  }

  @Test
  void aLongBacklogArrivesWholeWhateverItsEventsMeasure() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      String data = i + "x".repeat(i * 31 % 257 * (i % 50 == 0 ? 100 : 1));
      publish(i % 2 == 0 ? "a" : "b", data);
      expected.add((i % 2 == 0 ? "a " : "b ") + data);
    }
    Client client = resume("e-0", "a", "b");
    assertEquals(expected, client.receives());
    assertTrue(client.sink.isFlushed());
  }

  @Test
  void streamsThatWantTheSameShareEveryRead() {
    List<Client> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(connect("a", "b.*"));
    }
    log.reads = 0;
    publish("a", "1");
    pump.runPending();
    assertEquals(1, log.reads);
    publish("b.c", "2");
    publish("a", "3");
    pump.runPending();
    assertTrue(log.reads <= 4, "reads " + log.reads);
    many.forEach(client -> assertEquals(List.of("a 1", "b.c 2", "a 3"), client.receives()));
  }

  // Gaps.

  @Test
  void whatHasLeftTheLogIsToldFirstAndOnceAndWithoutAnId() {
    keepOnly(3);
    publish("quiet", "q");
    publish("busy", 1, 10);
    Client client = resume("e-2", "busy", "quiet");
    assertEquals(events("busy", 8, 10), afterGap(client, "expired", "busy"));
    publish("busy", 11, 11);
    assertEquals(List.of("busy 11"), client.receives());
    assertEquals(List.of(), resume(client.lastEventId(), "busy", "quiet").receives());
  }

  /** Fails if the first event is not this gap, and without an id. Returns the rest. */
  private List<String> afterGap(Client client, String reason, String... channels) {
    pump.runPending();
    assertTrue(client.sink.text().startsWith("event: sse.gap\n"), client.sink.text());
    List<String> received = client.receives();
    String names = String.join("\",\"", channels);
    assertEquals(
        "sse.gap {\"reason\":\"%s\",\"channels\":[\"%s\"]}".formatted(reason, names),
        received.get(0));
    return received.subList(1, received.size());
  }

  @Test
  void aGapIsNotToldAgainOnLaterPages() {
    keepOnly(2000);
    publish("other", 1, 1000);
    publish("busy", 1, 5000);
    Client client = resume("e-0", "busy", "other");
    List<String> expected = new ArrayList<>(events("other", 1, 1000));
    expected.addAll(events("busy", 3001, 5000));
    assertEquals(expected, afterGap(client, "expired", "busy"));
  }

  @Test
  void aGapOfAForeignEpochIsNotToldAgainOnLaterPages() {
    keepOnly(2000);
    publish("other", 1, 1000);
    publish("busy", 1, 5000);
    Client client = resume("f-7", "busy", "other");
    List<String> expected = new ArrayList<>(events("other", 1, 1000));
    expected.addAll(events("busy", 3001, 5000));
    assertEquals(expected, afterGap(client, "epoch", "busy", "other"));
  }

  @Test
  void aStreamThatFallsOutOfTheLogIsToldAndGoesOn() {
    keepOnly(5);
    Client client = connect("busy", "quiet");
    client.sink.stall();
    publish("quiet", "q");
    publish("busy", 1, 20);
    assertEquals(List.of(), client.receives());
    client.sink.unstall();
    List<String> rest = new ArrayList<>(List.of("quiet q"));
    rest.addAll(events("busy", 16, 20));
    assertEquals(rest, afterGap(client, "expired", "busy"));
    client.sink.stall();
    publish("busy", 21, 40);
    client.sink.unstall();
    assertEquals(events("busy", 36, 40), afterGap(client, "expired", "busy")); // another one
  }

  @Test
  void aGapOfAPrefixNamesTheChannelsThatLost() {
    keepOnly(1);
    publish("p.a", 1, 2);
    publish("p.b", 3, 3);
    publish("p.c", 4, 5);
    Client client = resume("e-0", "p.*");
    assertEquals(List.of("p.a 2", "p.b 3", "p.c 5"), afterGap(client, "expired", "p.a", "p.c"));
  }

  @Test
  void ifVeryManyChannelsOfAPrefixHaveLostTheGapNamesThePrefix() {
    keepOnly(1);
    for (int i = 0; i < 51; i++) {
      publish("p.c" + i, 1, 2);
    }
    publish("named", 1, 2);
    Client client = resume("e-0", "p.*", "named");
    assertEquals(52, afterGap(client, "expired", "named", "p.*").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"f-1", "e-3", "e-9223372036854775807", "e~-99", "e~~-1", "f~-1"})
  void aCursorOfAnotherEpochIsAGapAndAllThatIsKept(String foreign) {
    publish("a", 1, 2);
    Client client = resume(foreign, "a", "b.*");
    assertEquals(List.of("a 1", "a 2"), afterGap(client, "epoch", "a", "b.*"));
    publish("a", 3, 3);
    assertEquals(List.of("a 3"), client.receives());
    assertEquals("e-3", client.lastEventId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"17", "-", "e-", "e-x", "\u0000", "e-1 ", "\u00e9-1", "e-99999999999999999999"})
  void whatIsNoCursorIsAGap(String malformed) {
    publish("a", 1, 2);
    Client client = resume(malformed, "a");
    assertEquals(List.of(), afterGap(client, "malformed", "a"));
    publish("a", 3, 3);
    assertEquals(List.of("a 3"), client.receives());
  }

  @Test
  void anEmptyIdIsNone() {
    publish("a", 1, 2);
    assertEquals(List.of(), resume("", "a").receives());
  }

  // Snapshots.

  /** An application whose state is a list, and a snapshot of it one event. */
  private final class Ledger {
    final String channel;
    final List<String> state = new ArrayList<>();
    int taken;

    Ledger(String channel) {
      this.channel = channel;
    }

    void add(String entry) {
      state.add(entry);
      publish(channel, entry);
    }

    Snapshot take() {
      taken++;
      return new Snapshot(List.of(SseEvent.of("state", state.toString())), hub.cursor());
    }
  }

  private Ledger ledger(String channel) {
    var ledger = new Ledger(channel);
    hub = hub(HubOptions.DEFAULTS.withSnapshot(channel, name -> ledger.take()));
    return ledger;
  }

  @Test
  void aNewSubscriberIsSentTheStateThenWhatFollows() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    ledger.add("2");
    Client client = connect("a");
    assertEquals(List.of("state [1, 2]"), client.receives());
    assertEquals("e-2", client.lastEventId());
    ledger.add("3");
    assertEquals(List.of("a 3"), client.receives());
  }

  @Test
  void aSubscriberThatHasMissedNothingIsSentNoState() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    assertEquals(List.of(), resume("e-1", "a").receives());
    assertEquals(0, ledger.taken);
  }

  @Test
  void aGapIsFollowedByTheState() {
    keepOnly(2);
    Ledger ledger = ledger("a");
    IntStream.rangeClosed(1, 5).forEach(i -> ledger.add("" + i));
    Client client = resume("e-1", "a");
    assertEquals(
        List.of("sse.gap {\"reason\":\"expired\",\"channels\":[\"a\"]}", "state [1, 2, 3, 4, 5]"),
        client.receives());
    assertEquals("e-5", client.lastEventId());
  }

  /** 1. the snapshots take the place of the gap 2. the cursor must not ask for them again. */
  @ParameterizedTest
  @ValueSource(strings = {"f-1", "e-77", "nonsense"})
  void aCursorOfNoUseIsFollowedByTheStateOnce(String cursor) {
    Ledger ledger = ledger("a");
    ledger.add("1");
    publish("b", "x");
    Client client = resume(cursor, "a", "b");
    List<String> received = client.receives();
    assertTrue(received.get(0).startsWith("sse.gap"));
    assertEquals("state [1]", received.get(1));
    assertEquals(1, ledger.taken);
    ledger.add("2");
    assertTrue(client.receives().contains("a 2"));
    assertFalse(received.contains("a 1"), "the snapshot has it");
    assertEquals(1, ledger.taken);
  }

  @Test
  void onlyTheChannelThatLostIsSentItsState() {
    keepOnly(2);
    var quiet = new Ledger("quiet");
    var busy = new Ledger("busy");
    hub =
        hub(
            HubOptions.DEFAULTS
                .withSnapshot("quiet", name -> quiet.take())
                .withSnapshot("busy", name -> busy.take()));
    quiet.add("q1");
    IntStream.rangeClosed(1, 5).forEach(i -> busy.add("" + i));
    quiet.add("q2");
    Client client = resume("e-1", "quiet", "busy");
    assertEquals(
        List.of(
            "sse.gap {\"reason\":\"expired\",\"channels\":[\"busy\"]}",
            "state [1, 2, 3, 4, 5]",
            "quiet q2"),
        client.receives());
    assertEquals(0, quiet.taken);
  }

  @Test
  void aPrefixIsSentTheStateOfItsChannels() {
    Ledger ledger = ledger("p.a");
    ledger.add("1");
    assertEquals(List.of("state [1]"), connect("p.*").receives());
    assertEquals(List.of("state [1]"), connect("*", "q").receives());
    assertEquals(List.of(), connect("q.*").receives());
  }

  @Test
  void aSnapshotIsFilteredLikeItsChannel() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    var client = new Client(null, new Interest(ChannelSet.of("a"), Set.of("a")));
    assertEquals(List.of(), client.receives());
    ledger.add("2");
    assertEquals(List.of("a 2"), client.receives());
  }

  /**
   * The snapshot knows more than the stream has sent. 1. the stream is asked to begin at 1 2. the
   * application adds 2 and 3 3. its snapshot is taken 4. the stream comes to 2 and 3.
   */
  @Test
  void whatASnapshotKnowsIsNotSentAgain() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    var client = new Client(null, Interest.in("a", "b"));
    publish("b", "x");
    ledger.add("2");
    publish("b", "y");
    assertEquals(List.of("state [1, 2]", "b x", "b y"), client.receives());
    assertEquals("e-4", client.lastEventId());
    ledger.add("3");
    assertEquals(List.of("a 3"), client.receives());
  }

  @Test
  void aSnapshotMayBeOlderThanTheStream() {
    var kept = new ArrayList<Snapshot>();
    hub = hub(HubOptions.DEFAULTS.withSnapshot("a", name -> kept.get(0)));
    publish("a", "1");
    kept.add(new Snapshot(List.of(SseEvent.of("state", "[1]")), hub.cursor()));
    publish("b", "not for a new subscriber");
    publish("a", "2");
    publish("a", "3");
    Client client = connect("a", "b");
    assertEquals(List.of("state [1]", "a 2", "a 3"), client.receives());
    assertEquals("e-4", client.lastEventId());
    publish("b", "x");
    assertEquals(List.of("b x"), client.receives());
  }

  @Test
  void aStreamThatLivesOnSnapshotsAloneIsNoFault() {
    keepOnly(2);
    Ledger ledger = ledger("a");
    Client client = connect("a");
    client.receives();
    for (int round = 1; round <= 20; round++) {
      client.sink.stall();
      IntStream.range(0, 5).forEach(i -> ledger.add("" + i));
      pump.runPending();
      client.sink.unstall();
      List<String> received = client.receives();
      assertEquals("state " + ledger.state, received.get(received.size() - 1));
    }
  }

  /** However the snapshot lies to the stream: before it, or where it stands. */
  @ParameterizedTest
  @ValueSource(strings = {"", "e-2", "e-1", "f-1"})
  void aSnapshotThatTheLogCannotContinueEndsTheStreamInsteadOfAskingForEver(String lastEventId) {
    keepOnly(2);
    var kept = new ArrayList<Snapshot>();
    hub = hub(HubOptions.DEFAULTS.withSnapshot("a", name -> kept.get(0)));
    publish("a", "0");
    kept.add(new Snapshot(List.of(), hub.cursor()));
    publish("a", 1, 10);
    try (var captured = new LogCapture()) {
      Client client = resume(lastEventId, "a");
      assertEquals(StreamEnd.FAILED, client.end);
      assertEquals(1, captured.messages().size());
    }
  }

  @Test
  void aSnapshotOfAnotherLogEndsTheStream() {
    hub =
        hub(
            HubOptions.DEFAULTS.withSnapshot(
                "a", name -> new Snapshot(List.of(), new Cursor("f", 0))));
    try (var captured = new LogCapture()) {
      assertEquals(StreamEnd.FAILED, connect("a").end);
      assertEquals(1, captured.messages().size());
    }
  }

  @Test
  void aSnapshotThatCannotBeTakenEndsTheStream() {
    hub =
        hub(
            HubOptions.DEFAULTS.withSnapshot(
                "a",
                name -> {
                  throw new IllegalStateException("on purpose");
                }));
    try (var captured = new LogCapture()) {
      assertEquals(StreamEnd.FAILED, connect("a").end);
      assertEquals(1, captured.messages().size());
    }
  }

  /**
   * One number cannot say how far a snapshot's channel and how far the others have come. 1. the
   * client has the state of a as of 3, and of b what comes up to 1 2. it is cut off there 3. it
   * must get b from 2 on, and nothing of a twice.
   */
  @Test
  void aClientThatIsCutOffBetweenSnapshotAndLogLosesAndRepeatsNothing() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    var client = new Client(null, Interest.in("a", "b"));
    publish("b", "x");
    ledger.add("2");
    publish("b", "y");
    pump.runPending();
    String text = client.sink.takeText();
    var cut = new ClientStream().feed(text.substring(0, text.indexOf("y")));
    assertEquals(List.of("state [1, 2]", "b x"), cut.events());
    assertEquals("e~-2", cut.lastEventId());
    ledger.add("3");
    Client again = resume(cut.lastEventId(), "a", "b");
    assertEquals(List.of("state [1, 2, 3]", "b y"), again.receives());
    assertEquals("e~-4", again.lastEventId());
    publish("b", "z");
    assertEquals(List.of("b z"), again.receives());
    assertEquals("e-6", again.lastEventId());
  }

  // Changes of the interest.

  @Test
  void aChannelThatIsAddedBeginsWithWhatComesFromNowOn() {
    keepOnly(100);
    Client client = connect("a");
    publish("a", 1, 1);
    publish("b", 2, 900);
    client.receives();
    client.subscription.change(Interest.in("a", "b", "c.*"));
    publish("b", 901, 901);
    publish("c.d", 902, 902);
    publish("a", 903, 903);
    assertEquals(List.of("b 901", "c.d 902", "a 903"), client.receives());
    assertEquals(Interest.in("a", "b", "c.*"), client.subscription.interest());
  }

  @Test
  void aChannelThatIsRemovedIsNotSentAnyMore() {
    Client client = connect("a", "b");
    publish("b", "1");
    client.subscription.change(Interest.in("a"));
    publish("b", "2");
    publish("a", "3");
    assertEquals(List.of("b 1", "a 3"), client.receives());
    assertEquals(1, hub.patterns());
  }

  @Test
  void aChangeHasItsPlaceInTheLogThoughTheStreamIsBehind() {
    Client client = connect("a");
    client.sink.stall();
    publish("a", 1, 300);
    publish("b", 301, 400);
    client.subscription.change(Interest.in("b"));
    publish("a", 401, 500);
    publish("b", 501, 501);
    client.subscription.change(Interest.in("b", "c"));
    publish("c", 502, 502);
    publish("b", 503, 503);
    client.sink.unstall();
    List<String> expected = new ArrayList<>(events("a", 1, 300));
    expected.addAll(List.of("b 501", "c 502", "b 503"));
    assertEquals(expected, client.receives());
  }

  @Test
  void aStreamThatIsBehindKeepsABoundedNumberOfChanges() {
    Client client = connect("a");
    client.sink.stall();
    for (int i = 0; i < 1000; i++) {
      publish("a", "" + i);
      client.subscription.change(Interest.in("a", "c" + i % 7));
    }
    publish("c" + 999 % 7, "last");
    client.sink.unstall();
    List<String> received = client.receives();
    assertEquals(1001, received.size());
    assertEquals("c5 last", received.get(1000));
    assertEquals(2, hub.patterns());
  }

  @Test
  void aChangeBeforeTheStreamBeginsIsWhatItBeginsWith() {
    Subscription subscription = hub.subscribe(Interest.in("a"), null);
    subscription.change(Interest.in("b"));
    var sink = new FakeSink();
    PumpStream stream =
        pump.attach(sink, subscription, subscription.start(), StreamOptions.DEFAULTS, why -> {});
    pump.runPending();
    publish("a", "1");
    publish("b", "2");
    pump.runPending();
    assertEquals("id: e-2\nevent: b\ndata: 2\n\n", sink.text());
    stream.endNow(StreamEnd.COMPLETED);
    pump.runPending();
    subscription.change(Interest.in("c")); // after its end, and without effect
    pump.runPending();
  }

  @Test
  void aChannelThatIsAddedIsSentItsStateFirst() {
    Ledger ledger = ledger("a");
    ledger.add("1");
    Client client = connect("b");
    publish("b", "x");
    client.subscription.change(Interest.in("a", "b"));
    ledger.add("2");
    publish("b", "y");
    assertEquals(List.of("b x", "state [1, 2]", "b y"), client.receives());
    assertEquals("e-4", client.lastEventId());
    client.subscription.change(Interest.in("a"));
    ledger.add("3");
    assertEquals(List.of("a 3"), client.receives());
    assertEquals(1, ledger.taken);
  }

  @Test
  void manyChangesWithSnapshotsAreNoFault() {
    Ledger ledger = ledger("a");
    Client client = connect("b");
    for (int i = 0; i < 30; i++) {
      client.subscription.change(Interest.in("a"));
      pump.runPending();
      client.subscription.change(Interest.in("b"));
      pump.runPending();
    }
    assertEquals(30, ledger.taken);
    assertEquals(null, client.end);
  }

  // Ends.

  @Test
  void aSubscriptionIsOfOneStream() {
    Client client = connect("a");
    try (var captured = new LogCapture()) {
      var sink = new FakeSink();
      pump.attach(sink, client.subscription, 0, StreamOptions.DEFAULTS, why -> {});
      pump.runPending();
      assertEquals(StreamEnd.FAILED, sink.end());
      assertEquals(1, captured.messages().size());
    }
    publish("a", "1");
    assertEquals(List.of("a 1"), client.receives());
  }

  @Test
  void aPublisherSeesNothingOfWhatHappensToStreams() {
    Client failing = connect("a");
    Client gone = connect("a");
    Client stalled = connect("a");
    Client good = connect("a");
    failing.sink.failAt("write", new IllegalStateException("on purpose"));
    gone.sink.leave();
    stalled.sink.stall();
    CompletionStage<Cursor> published = hub.publish("a", "1");
    assertEquals(1, published.toCompletableFuture().join().offset());
    try (var captured = new LogCapture()) {
      pump.runPending();
      assertEquals(1, captured.messages().size());
    }
    assertEquals(StreamEnd.FAILED, failing.end);
    assertEquals(StreamEnd.CLIENT_GONE, gone.end);
    assertEquals(2, hub.publish("a", "2").toCompletableFuture().join().offset());
    assertEquals(List.of("a 1", "a 2"), good.receives());
    assertEquals(null, stalled.end);
  }

  @Test
  void nothingIsLeftOfStreamsThatHaveEnded() {
    for (int i = 0; i < 100; i++) {
      connect("a", "b" + i, "p" + i + ".*", "*");
    }
    assertEquals(202, hub.patterns());
    for (int i = 0; i < 100; i++) {
      Client client = clients.get(i);
      switch (i % 3) {
        case 0 -> client.pumped.endNow(StreamEnd.COMPLETED);
        case 1 -> client.sink.leave();
        default -> client.pumped.goAway(StreamEnd.LIFETIME);
      }
    }
    publish("a", "x"); // those that have left are found while the group of a runs
    pump.runPending();
    assertEquals(0, pump.streams());
    assertEquals(0, hub.patterns());
    publish("a", "y");
    pump.runPending();
  }

  @Test
  void aClosedHubEndsItsStreamsAndNoOthers() {
    Client client = connect("a");
    var other = new FakeSink();
    PumpStream others =
        pump.attach(other, FakeSource.ofOne(), 0, StreamOptions.DEFAULTS, why -> {});
    publish("a", "1");
    hub.close();
    pump.runPending();
    assertEquals(StreamEnd.SHUTDOWN, client.end);
    assertTrue(client.sink.text().contains("event: sse.goaway\n"));
    assertFalse(other.isEnded());
    others.endNow(StreamEnd.COMPLETED);
    pump.runPending();
  }

  /** A log in memory that counts how often it is read. */
  private static final class CountingLog implements EventLog {
    private final MemoryEventLog log;
    int reads;

    CountingLog(Retention retention) {
      log = new MemoryEventLog(retention, System::nanoTime, "e");
    }

    @Override
    public CompletionStage<Cursor> append(Publication publication) {
      return log.append(publication);
    }

    @Override
    public Replay read(Cursor after, ChannelSet channels, int maxEvents) {
      reads++;
      return log.read(after, channels, maxEvents);
    }

    @Override
    public Cursor head() {
      return log.head();
    }

    @Override
    public Following follow(Follower follower) {
      return log.follow(follower);
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
