package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.Chaos;
import dev.ssebridge.testkit.ChaosProxy;
import dev.ssebridge.testkit.Direction;
import dev.ssebridge.testkit.Fault;
import dev.ssebridge.websocket.SseBridgeInitializer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.chrome.ChromeDriver;

/** The page's own client in Chromium, over a network that breaks all the time. */
@OnEveryServer
@Tag("browser")
class BrowserChaosTest {
  private static final int MESSAGES = 800;

  /** Opens a socket that sends numbers from then on, and counts what comes back. */
  private static final String PAGE =
      """
      const [count, done] = arguments;
      window.got = [];
      window.said = [];
      import("/ssebridge/sse-socket.js").then(({ SseSocket }) => {
        const socket = new SseSocket("/echo");
        let sent = 0;
        socket.onmessage = ({ data }) => got.push(Number(data));
        socket.onerror = () => said.push("error");
        socket.onclose = ({ code }) => said.push(code);
        socket.onopen = () => {
          said.push("open");
          const timer = setInterval(() => sent < count ? socket.send(`${++sent}`) : clearInterval(timer), 10);
          done();
        };
      });
      """;

  private static EmbeddedServer start(Servers servers, int port, Path folder) {
    return servers.start(
        ServerConfig.embedded()
            .port(port)
            .endpoints(NumberEcho.class)
            .initializer(new SseBridgeInitializer())
            .parameter("dev.ssebridge.sessionFile", folder.resolve("sessions").toString())
            .parameter("dev.ssebridge.heartbeat", "PT0.2S")
            .parameter("dev.ssebridge.writeDeadline", "PT2S"));
  }

  @Test
  void cutsStallsAndAServerThatIsRestartedCostThePageNothing(
      Servers servers, @TempDir Path profile, @TempDir Path folder) throws Exception {
    NumberEcho.forget();
    EmbeddedServer server = start(servers, 0, folder);
    // Its POSTs wait for a while on a connection that is silent; here the network lets go of it
    // sooner.
    ChaosProxy proxy =
        servers.closing(ChaosProxy.to(server.uri()).silence(Duration.ofSeconds(1)).start());
    ChromeDriver browser = Chromium.open(proxy.via(server.uri("suite/page.html")), profile);
    try {
      browser.manage().timeouts().scriptTimeout(Duration.ofSeconds(30));
      browser.executeAsyncScript(PAGE, MESSAGES);
      List<Fault> faults =
          List.of(
              new Fault.Reset(),
              new Fault.Close(),
              new Fault.HalfClose(Direction.TO_CLIENT), // the other way a POST would wait in vain
              new Fault.Reset(),
              new Fault.Stall(Direction.TO_CLIENT),
              new Fault.BlackHole());
      proxy.unleash(new Chaos(8000, 8000, Duration.ofSeconds(5), faults), 1);
      for (int part = 1; part <= 3; part++) {
        int some = part * MESSAGES / 4;
        Leftovers.await(() -> count(browser) >= some, () -> count(browser) + " of " + some);
        proxy.down();
        proxy.up();
        int more = some + MESSAGES / 8;
        Leftovers.await(() -> count(browser) >= more, () -> count(browser) + " of " + more);
        server.close();
        server = start(servers, server.uri().getPort(), folder);
        int calls = 1 + 2 * part;
        Leftovers.await(() -> NumberEcho.CALLS.size() == calls, NumberEcho.CALLS::toString);
      }

      Leftovers.await(() -> count(browser) >= MESSAGES, () -> count(browser) + " came back");
      List<Long> all = LongStream.rangeClosed(1, MESSAGES).boxed().toList();
      assertEquals(all, browser.executeScript("return got"), "lost, repeated or out of order");
      assertEquals(all, List.copyOf(NumberEcho.MESSAGES), "on the way up");
      assertEquals(List.of("open"), browser.executeScript("return said"));
      String again = "close 1001, open";
      assertEquals(
          "open, " + String.join(", ", again, again, again), String.join(", ", NumberEcho.CALLS));
      assertTrue(proxy.counts().faults() > 10, proxy.counts().toString());
    } finally {
      browser.quit();
    }
  }

  private static long count(ChromeDriver browser) {
    return (Long) browser.executeScript("return got.length");
  }
}
