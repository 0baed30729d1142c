package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application and its clients, step by step at random: publishes, turns of the pump, callbacks,
 * stalls, and cuts at any byte. Every run is the same for the same seed.
 */
class SnapshotModelTest {
  private static final List<String> NAMES = List.of("s1", "s2", "p.a", "p.b", "q");
  private static final List<List<String>> INTERESTS =
      List.of(
          List.of("s1"),
          List.of("s1", "s2"),
          List.of("s1", "q"),
          List.of("s1", "s2", "p.*", "q"),
          List.of("p.*", "s2"),
          List.of("*"));

  private static long events;
  private static long gaps;
  private static long marked;

  private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
  private final Pump pump = Pump.manual(() -> 0, () -> 0, callbacks::add);
  private Random random;
  private ModelApplication application;

  static LongStream seeds() {
    return LongStream.range(0, 300);
  }

  @AfterAll
  static void theModelWentWhereItShould() {
    assertTrue(events > 10_000, events + " events");
    assertTrue(gaps > 100, gaps + " gaps");
    assertTrue(marked > 100, marked + " connections began with an id that owes snapshots");
  }

  private final class Connected {
    final ModelClient client;
    FakeSink sink;
    PumpStream stream;
    Subscription subscription;
    int received; // bytes of the sink

    Connected(ModelClient client) {
      this.client = client;
      connect();
    }

    void connect() {
      sink = new FakeSink();
      received = 0;
      String lastEventId = client.connect();
      marked += lastEventId.contains("~-") ? 1 : 0;
      subscription = application.hub().subscribe(client.interest(), lastEventId);
      stream =
          sink.of(
              pump.attach(
                  sink, subscription, subscription.start(), StreamOptions.DEFAULTS, why -> {}));
    }

    void receive(int count) {
      byte[] bytes = sink.text().getBytes(StandardCharsets.UTF_8);
      int more = Math.min(count, bytes.length - received);
      client.receive(bytes, received, more);
      received += more;
    }

    /** The connection breaks: some of what was written has arrived. */
    void cut() {
      receive(random.nextInt(1 + sink.text().length() - received));
      if (random.nextBoolean()) {
        sink.leave();
      } else {
        stream.endNow(StreamEnd.CLIENT_GONE);
      }
      connect();
    }

    /** Another interest, without a reconnection. */
    void change() {
      Interest other = randomInterest();
      client.change(other);
      subscription.change(other);
    }
  }

  private Interest randomInterest() {
    return new Interest(ChannelSet.of(INTERESTS.get(random.nextInt(INTERESTS.size()))), null);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverIsCutTheClientComesToTheApplicationsState(long seed) {
    run(seed, Connected::cut);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverIsChangedTheClientComesToTheApplicationsState(long seed) {
    run(seed, Connected::change);
  }

  private void run(long seed, Consumer<Connected> disturb) {
    random = new Random(seed);
    int maxEvents = 2 + random.nextInt(20);
    Retention retention = Retention.DEFAULTS.withMaxEvents(maxEvents);
    var log = new MemoryEventLog(retention, () -> 0, "e");
    int keepFor = random.nextInt(maxEvents);
    application =
        ModelApplication.of(HubOptions.DEFAULTS.withLog(log).withPump(pump), keepFor, NAMES);
    List<Connected> connections = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      connections.add(new Connected(new ModelClient(randomInterest())));
    }
    // A log of three events may lose one before its snapshot is sent, again and again; the stream
    // then fails, which its client takes for a cut.
    try (var quiet = new LogCapture()) {
      for (int step = 0; step < 400; step++) {
        step(connections.get(random.nextInt(connections.size())), disturb);
      }
      NAMES.forEach(name -> application.publish(name, 0)); // shows who follows what
      for (Connected one : connections) {
        settle(one);
        events += one.client.events();
        gaps += one.client.gaps();
      }
      assertTrue(quiet.messages().stream().allMatch(m -> m.contains("snapshots of")));
    }
    pump.close();
    assertEquals(0, pump.streams());
    assertEquals(0, application.hub().patterns());
  }

  private void step(Connected one, Consumer<Connected> disturb) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> publish();
      case 3, 4, 5 -> pump.runTurn();
      case 6 -> callBack();
      case 7 -> one.receive(random.nextInt(200));
      case 8 -> one.sink.stallAfter(random.nextInt(3) * 40L);
      case 9 -> one.sink.unstall(1 + random.nextInt(300));
      case 10 -> one.sink.unstall();
      default -> disturb.accept(one);
    }
  }

  private void publish() {
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      application.publish(NAMES.get(random.nextInt(NAMES.size())), random.nextInt(30));
    }
  }

  private void callBack() {
    Runnable callback = callbacks.poll();
    if (callback != null) {
      callback.run();
    }
  }

  private void settle() {
    pump.runPending();
    while (!callbacks.isEmpty()) {
      callBack();
      pump.runPending();
    }
  }

  /** Everything arrives; a stream that has failed is opened again. */
  private void settle(Connected one) {
    for (int i = 0; i < 3; i++) {
      one.sink.unstall();
      settle();
      one.receive(Integer.MAX_VALUE);
      one.sink.check();
      if (one.sink.isEnded()) {
        one.connect();
      }
    }
    assertTrue(one.client.isUpToDate(application), one.client::history);
  }

  /**
   * A stream follows now this, now that, and is sent exactly what was published to a channel while
   * it was followed, however far behind it is.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void aChangedInterestSeesExactlyWhatWasPublishedWhileItHeld(long seed) {
    random = new Random(seed);
    SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump));
    List<String> names = List.of("a", "b", "p.a", "p.b");
    List<List<String>> interests =
        List.of(List.of("a"), List.of("a", "b"), List.of("b", "p.a"), List.of("p.*"), List.of("*"));
    Subscription subscription = hub.subscribe(Interest.in("a"), null);
    ChannelSet followed = ChannelSet.of("a");
    var sink = new FakeSink();
    PumpStream stream =
        sink.of(
            pump.attach(
                sink, subscription, subscription.start(), StreamOptions.DEFAULTS, why -> {}));
    pump.runPending();
    List<String> expected = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          String name = names.get(random.nextInt(names.size()));
          hub.publish(name, step + " " + "x".repeat(random.nextInt(2000)));
          if (followed.contains(name)) {
            expected.add(name + " " + step);
          }
        }
        case 3 -> pump.runTurn();
        case 4 -> {
          if (random.nextBoolean()) {
            sink.stall();
          } else {
            sink.unstall(1 + random.nextInt(3000));
          }
        }
        default -> {
          followed = ChannelSet.of(interests.get(random.nextInt(interests.size())));
          subscription.change(new Interest(followed, null));
        }
      }
    }
    sink.unstall();
    pump.runPending();
    List<String> received = new ClientStream().feed(sink.text()).events();
    assertEquals(expected, received.stream().map(one -> one.replaceAll(" x*$", "")).toList());
    sink.check();
    assertEquals(followed.size(), hub.patterns());
    stream.endNow(StreamEnd.COMPLETED);
    pump.runPending();
    assertEquals(0, hub.patterns());
  }
}
