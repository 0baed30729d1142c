package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.websocket.SseBridgeInitializer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is stopped and started while messages are on their way in both directions. */
@OnEveryServer
@Timeout(120)
class RestartTest {
  private static final int RESTARTS = 4;
  private static final int MESSAGES = 500; // between two of them

  private static EmbeddedServer start(Servers servers, int port, Path sessions) {
    return servers.start(
        ServerConfig.embedded()
            .port(port)
            .endpoints(NumberEcho.class)
            .initializer(new SseBridgeInitializer())
            .parameter("dev.ssebridge.sessionFile", sessions.toString())
            .parameter("dev.ssebridge.heartbeat", "PT0.2S"));
  }

  @Test
  void aServerThatIsRestartedUnderTrafficLosesAndRepeatsNothing(
      Servers servers, @TempDir Path folder) throws Exception {
    NumberEcho.forget();
    Path sessions = folder.resolve("sessions");
    EmbeddedServer server = start(servers, 0, sessions);
    Collection<Long> back = new ConcurrentLinkedQueue<>();
    var sent = new AtomicInteger();
    var client =
        servers.closing(
            new BridgeClient(
                RawHttpClient.to(server.uri()), "/echo", text -> back.add(Long.valueOf(text))));
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

    List<Long> all = LongStream.rangeClosed(1, sent.get()).boxed().toList();
    assertEquals(all, List.copyOf(back), "on the way down");
    assertEquals(all, List.copyOf(NumberEcho.MESSAGES), "on the way up");
    List<String> calls = new ArrayList<>();
    for (int restart = 1; restart <= RESTARTS; restart++) {
      calls.addAll(List.of("open", "close 1001"));
    }
    calls.addAll(List.of("open", "close 1000"));
    assertEquals(calls, List.copyOf(NumberEcho.CALLS));
  }
}
