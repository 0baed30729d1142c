package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.StreamEnd;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What can befall an open stream. Each opens the stream of a client called {@value #VICTIM} on a
 * stage, has some of it read, and strikes; what came before and after is the test's.
 */
sealed interface StreamFault {
  /** The client that is struck. */
  String VICTIM = "victim";

  /** What a fault needs of the application that it strikes. */
  interface Stage {
    /** The server as it runs now. */
    EmbeddedServer server();

    /** The path and query at which a client opens a stream. */
    String target(String client);

    /** Sends so many numbered events to every client. */
    void send(int events) throws Exception;

    /** Sends one event to every client that fills any network's buffers. */
    void sendLarge() throws Exception;

    /** Sends to one client alone what it will never read. */
    void flood(String client) throws Exception;

    /** Whether the client's stream has ended. */
    boolean hasEnded(String client);

    /** How many events were sent to every client. */
    int count();

    /** Starts a server in place of the one that has ended, on its port. */
    void restart();

    /** Closes a client when the test ends. */
    <T extends AutoCloseable> T closing(T resource);
  }

  /** A fault of one client or its connection, which the server survives. */
  sealed interface OfClient extends StreamFault {}

  /** A fault of the server, which takes every stream with it. */
  sealed interface OfServer extends StreamFault {}

  /**
   * The write deadline of the streams. Where no reader stalls it must not strike either, however
   * busy the machine is.
   */
  default Duration writeDeadline() {
    return Duration.ofSeconds(10);
  }

  /** How the victim's stream may end on a container. */
  Set<StreamEnd> ends(String container);

  /**
   * Strikes.
   *
   * @return what the victim had read until then
   */
  Reading strike(Stage stage) throws Exception;

  /** Every fault. */
  static List<StreamFault> all() {
    return List.of(
        new ResetInAFrame(),
        new Disconnect(),
        new HalfClose(),
        new Http2Reset(),
        new Http2GoAway(),
        new Http2ConnectionReset(),
        new StalledReader(),
        new ServerStop(),
        new ServerKill());
  }

  private static RawHttpClient slow(Stage stage) {
    return RawHttpClient.to(stage.server().uri())
        .withReceiveBuffer(4096)
        .withTimeout(Duration.ofSeconds(20));
  }

  /** The client resets the connection with half of a frame read and the other half on its way. */
  record ResetInAFrame() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.CLIENT_GONE);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      stage.send(3);
      reading.through(3);
      stage.sendLarge();
      stream.readBytes(50_000, Duration.ofSeconds(20));
      stream.reset();
      return reading;
    }
  }

  /** The client closes the connection in order, as a browser whose tab is closed. */
  record Disconnect() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.CLIENT_GONE);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      stage.send(3);
      reading.through(3);
      stream.close();
      return reading;
    }
  }

  /**
   * The client says that it will send nothing more, and reads on. A container may take that for a
   * farewell or not; what it must not do is lose something, or leave the stream open for ever.
   */
  record HalfClose() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.CLIENT_GONE);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      stage.send(3);
      reading.through(3);
      stream.halfClose();
      stage.send(3);
      boolean goesOn = true;
      try {
        reading.through(6);
      } catch (IOException takenForAFarewell) {
        goesOn = false;
      }
      System.out.printf(
          "%s: a half-closed connection %s%n",
          stage.server().container(), goesOn ? "goes on" : "is taken for closed");
      stream.close();
      return reading;
    }
  }

  /** HTTP/2 RST_STREAM: one stream of a connection ends, the others go on. */
  record Http2Reset() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return endsWhileSendingOverHttp2(container);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      var connection = stage.closing(Http2Connection.open(stage.server().uri(), 65_535));
      Http2Connection.Stream victim = connection.get(stage.target(VICTIM), ACCEPT);
      List<Reading> others = others(stage, connection, 3);
      Reading reading = Reading.of(victim);
      stage.send(3);
      reading.through(3);
      stage.sendLarge(); // the windows of all are full
      victim.reset(Http2Connection.CANCEL);
      stage.send(3);
      for (Reading other : others) {
        assertEquals(stage.count(), other.through(stage.count()).sent().size());
      }
      return reading;
    }
  }

  /** HTTP/2 GOAWAY of a client, which wants no new streams and keeps those it has; then it goes. */
  record Http2GoAway() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.CLIENT_GONE);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      var connection = stage.closing(Http2Connection.open(stage.server().uri(), 65_535));
      Reading reading = Reading.of(connection.get(stage.target(VICTIM), ACCEPT));
      stage.send(3);
      reading.through(3);
      connection.goAway();
      stage.send(3);
      boolean goesOn = true;
      try {
        reading.through(6);
      } catch (IOException ended) {
        goesOn = false;
      }
      System.out.printf(
          "%s: after GOAWAY a stream %s%n",
          stage.server().container(), goesOn ? "goes on" : "is ended");
      connection.close();
      return reading;
    }
  }

  /** A connection of HTTP/2 is reset, with all of its streams. */
  record Http2ConnectionReset() implements OfClient {
    @Override
    public Set<StreamEnd> ends(String container) {
      return endsWhileSendingOverHttp2(container);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      var connection = stage.closing(Http2Connection.open(stage.server().uri(), 65_535));
      Reading reading = Reading.of(connection.get(stage.target(VICTIM), ACCEPT));
      List<Reading> others = others(stage, connection, 3);
      stage.send(3);
      reading.through(3);
      for (Reading other : others) {
        other.through(3);
      }
      stage.sendLarge(); // is being sent
      connection.reset();
      return reading;
    }
  }

  /** A client reads nothing, for ever; the others notice nothing of it. */
  record StalledReader() implements OfClient {
    private static final int HEALTHY = 20;

    @Override
    public Duration writeDeadline() {
      return Duration.ofSeconds(3);
    }

    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.STALLED);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      List<Reading> healthy = new ArrayList<>();
      for (int i = 0; i < HEALTHY; i++) {
        healthy.add(
            Reading.of(stage.closing(slow(stage).get(stage.target("healthy" + i), ACCEPT))));
      }
      stage.flood(VICTIM);
      int rounds = 0;
      var pace = new Object();
      for (; !stage.hasEnded(VICTIM); rounds++) {
        stage.send(1);
        for (Reading each : healthy) {
          each.through(stage.count());
        }
        synchronized (pace) {
          pace.wait(5); // a log of bounded size has to hold all of them
        }
      }
      System.out.printf(
          "%s: while one stalled, %d others had each of %d events%n",
          stage.server().container(), HEALTHY, rounds);
      // Had one of them waited for the stalled one, its first event had come when that one ended.
      // Nor may they be slowed down: there are some hundred rounds until then.
      assertTrue(rounds >= 10, rounds + " rounds");
      return reading; // of nothing
    }
  }

  /** The server stops in order with streams open, and another one starts. */
  record ServerStop() implements OfServer {
    @Override
    public Set<StreamEnd> ends(String container) {
      return container.startsWith("Jetty")
          ? Set.of(StreamEnd.SHUTDOWN, StreamEnd.CLIENT_GONE)
          : Set.of(StreamEnd.SHUTDOWN);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      List<Reading> others = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        others.add(Reading.of(stage.closing(slow(stage).get(stage.target("other" + i), ACCEPT))));
      }
      stage.send(3);
      reading.through(3);
      long start = System.nanoTime();

      stage.server().stop(Duration.ofSeconds(1));

      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      reading.toEnd();
      boolean toldSo = reading.types().contains("sse.goaway");
      System.out.printf(
          "%s: stopped in %d ms, %s%n",
          stage.server().container(), millis, toldSo ? "sse.goaway was seen" : "streams were cut");
      if (!stage.server().container().startsWith("Jetty")) {
        // Jetty has cut the connections before it tells the application.
        for (Reading other : others) {
          assertTrue(other.toEnd().types().contains("sse.goaway"), other.types().toString());
          assertEquals(3, other.sent().size());
        }
        assertTrue(toldSo, reading.types().toString());
      }
      stage.restart();
      return reading;
    }
  }

  /** The server dies, events are published meanwhile, and another one starts on its port. */
  record ServerKill() implements OfServer {
    @Override
    public Set<StreamEnd> ends(String container) {
      return Set.of(StreamEnd.SHUTDOWN, StreamEnd.CLIENT_GONE);
    }

    @Override
    public Reading strike(Stage stage) throws Exception {
      RawStream stream = stage.closing(slow(stage).get(stage.target(VICTIM), ACCEPT));
      Reading reading = Reading.of(stream);
      stage.send(3);
      reading.through(3);
      stage.server().kill();
      reading.toEnd();
      stage.send(3);
      stage.restart();
      return reading;
    }
  }

  /** What makes a GET one for the bridge. */
  String ACCEPT = "accept: text/event-stream";

  /** Undertow does not tell who waits for a window that its stream is gone: the deadline does. */
  private static Set<StreamEnd> endsWhileSendingOverHttp2(String container) {
    return container.startsWith("Undertow")
        ? Set.of(StreamEnd.CLIENT_GONE, StreamEnd.STALLED)
        : Set.of(StreamEnd.CLIENT_GONE);
  }

  private static List<Reading> others(Stage stage, Http2Connection connection, int count)
      throws IOException {
    List<Reading> others = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      others.add(Reading.of(connection.get(stage.target("other" + i), ACCEPT)));
    }
    return others;
  }
}
