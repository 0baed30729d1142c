package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is stopped and started while messages are on their way in both directions. */
@OnEveryServer
@Timeout(120)
class RestartTest {
  private static final int RESTARTS = 4;
  private static final int MESSAGES = 500; // between two of them

  /** Says everything back, and knows nothing of restarts. */
  @ServerEndpoint("/echo")
  public static class Echo {
    static final Queue<String> CALLS = new ConcurrentLinkedQueue<>();
    static final Queue<Integer> MESSAGES = new ConcurrentLinkedQueue<>();

    @OnOpen
    public void open() {
      CALLS.add("open");
    }

    @OnMessage
    public String message(String text) {
      MESSAGES.add(Integer.valueOf(text));
      return text;
    }

    @OnClose
    public void close(CloseReason reason) {
      CALLS.add("close " + reason.getCloseCode().getCode());
    }
  }

  private static EmbeddedServer start(Servers servers, int port, Path sessions) {
    return servers.start(
        ServerConfig.embedded()
            .port(port)
            .endpoints(Echo.class)
            .initializer(new SseBridgeInitializer())
            .parameter("dev.ssebridge.sessionFile", sessions.toString())
            .parameter("dev.ssebridge.heartbeat", "PT0.2S"));
  }

  @Test
  void aServerThatIsRestartedUnderTrafficLosesAndRepeatsNothing(
      Servers servers, @TempDir Path folder) throws Exception {
    Echo.CALLS.clear();
    Echo.MESSAGES.clear();
    Path sessions = folder.resolve("sessions");
    EmbeddedServer server = start(servers, 0, sessions);
    Collection<Integer> back = new ConcurrentLinkedQueue<>();
    var sent = new AtomicInteger();
    var client =
        servers.closing(
            new BridgeClient(
                RawHttpClient.to(server.uri()), "/echo", text -> back.add(Integer.valueOf(text))));
    client.start();

    for (int restart = 1; restart <= RESTARTS; restart++) {
      int some = sent.get() + MESSAGES / 2;
      IntStream.range(0, MESSAGES)
          .forEach(message -> client.send(Integer.toString(sent.incrementAndGet())));
      Leftovers.await(() -> back.size() >= some, () -> back.size() + " of " + some);
      server.close(); // the other half is on its way
      assertTrue(Files.exists(sessions));
      server = start(servers, server.uri().getPort(), sessions);
      assertFalse(Files.exists(sessions));
    }
    client.sendClose();
    client.awaitClose(Duration.ofSeconds(60));

    List<Integer> all = IntStream.rangeClosed(1, sent.get()).boxed().toList();
    assertEquals(all, List.copyOf(back), "on the way down");
    assertEquals(all, List.copyOf(Echo.MESSAGES), "on the way up");
    List<String> calls = new ArrayList<>();
    for (int restart = 1; restart <= RESTARTS; restart++) {
      calls.addAll(List.of("open", "close 1001"));
    }
    calls.addAll(List.of("open", "close 1000"));
    assertEquals(calls, List.copyOf(Echo.CALLS));
  }
}
