package dev.ssebridge.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The comparison itself, small: every way to send, and a client that counts what arrives. */
class FanoutTest {
  private static final int CLIENTS = 5;
  private static final int EVENTS = 30;

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"RAW", "RAW_EACH"})
  void everyClientOfAHostedFanoutGetsEveryEventOnce(Contestant.Kind kind) throws IOException {
    HostedFanout fanout = HostedFanout.of(kind);
    ServerConfig.Builder config = ServerConfig.embedded();
    fanout.configure(config);
    try (EmbeddedServer server = config.start();
        var load = new LoadClient()) {
      countsWhatIsSent(fanout, new LoadClient.Target(server.port(), kind.isWebSocket), load);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RAW", "RAW_EACH"})
  void everyClientOfARawServerGetsEveryEventOnce(Contestant.Kind kind) throws IOException {
    try (var server = new RawServer(kind == Contestant.Kind.RAW);
        var load = new LoadClient()) {
      countsWhatIsSent(server, new LoadClient.Target(server.port(), false), load);
    }
  }

  private static void countsWhatIsSent(Fanout fanout, LoadClient.Target target, LoadClient load)
      throws IOException {
    var crowd = new Crowd(null);
    load.watch(crowd);
    load.connect(crowd, target, CLIENTS);
    crowd.awaitOpen(fanout::clients);
    crowd.arrival.recording = true;
    for (int i = 0; i < EVENTS; i++) {
      fanout.publish(Text.of(i % 2 == 0 ? 200 : 2000, i, System.nanoTime()));
    }
    fanout.flush();
    crowd.awaitEvents(EVENTS);
    crowd.check(EVENTS);
    assertEquals(CLIENTS * EVENTS, crowd.arrival.delays.getTotalCount());
    load.cut(crowd);
  }

  @Test
  void anEventThatIsLeftOutIsNoticed() {
    var counter = new SseCounter(new EventCounter.Arrival());
    feed(counter, "HTTP/1.1 200 OK\r\n\r\n");
    feed(counter, event(0) + event(1) + event(3));
    assertEquals(3, counter.events);
    assertEquals(1, counter.broken);
  }

  @Test
  void chunksAndReadsMayEndAnywhere() {
    var counter = new SseCounter(new EventCounter.Arrival());
    feed(counter, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    String body = "retry: 5000\n:\n" + event(0) + ":\n" + event(1);
    var chunked = new StringBuilder();
    for (int at = 0; at < body.length(); at += 17) {
      String piece = body.substring(at, Math.min(at + 17, body.length()));
      chunked
          .append(Integer.toHexString(piece.length()))
          .append("\r\n")
          .append(piece)
          .append("\r\n");
    }
    for (char c : chunked.toString().toCharArray()) {
      feed(counter, String.valueOf(c));
    }
    assertEquals(2, counter.events);
    assertEquals(0, counter.broken);
  }

  @Test
  void aRefusalIsNotTakenForAStream() {
    var counter = new SseCounter(new EventCounter.Arrival());
    feed(counter, "HTTP/1.1 404 Not Found\r\n\r\n");
    assertTrue(counter.refusal.contains("404"));
    assertThrows(IllegalArgumentException.class, () -> Contestant.parse("hub"));
  }

  private static String event(int number) {
    return "id: x-" + number + "\nevent: prices\ndata: " + Text.of(200, number, 1) + "\n\n";
  }

  private static void feed(EventCounter counter, String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    counter.accept(bytes, 0, bytes.length);
  }
}
