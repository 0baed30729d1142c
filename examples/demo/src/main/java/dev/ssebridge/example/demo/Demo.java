package dev.ssebridge.example.demo;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Deploys a war on the container of the class path and serves it, behind a {@link Front}, until the
 * process is told to stop: {@code Demo --war FILE --port N}. {@code bin/demo} calls it.
 */
public final class Demo {
  private Demo() {}

  /** Runs the demo; {@code --port 0} takes a free one. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: Demo --war FILE --port N");
    }
    Map<String, String> options = Map.of(args[0], args[1], args[2], args[3]);
    Path war = Path.of(options.getOrDefault("--war", ""));
    int port = Integer.parseInt(options.getOrDefault("--port", ""));

    EmbeddedServer server = ServerConfig.war(war).start();
    Front front = listen(port, server);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close(); // first: what the application still says passes the front
                  front.close();
                  System.out.println("Stopped.");
                },
                "demo-stop"));
    System.out.print(welcome(server.container(), "http://127.0.0.1:" + front.port()));
    System.out.flush();
    new CountDownLatch(1).await(); // the process is told to stop
  }

  private static Front listen(int port, EmbeddedServer server) throws IOException {
    try {
      return Front.listen(port, server.port(), Duration.ofMillis(100));
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private static String welcome(String container, String origin) {
    return """
        Live chat, on %1$s:

          %2$s/

        The same by hand: open a session, send to it, and resume it after it was cut.

          curl -N -H 'Accept: text/event-stream' %2$s/chat/lobby
          curl -H 'Sse-Session: TOKEN' -H 'Content-Type: text/plain' --data 'hello' %2$s/chat/lobby
          curl -N -H 'Accept: text/event-stream' -H 'Last-Event-ID: LAST-ID' %2$s/chat/lobby

        Ctrl-C stops it.
        """
        .formatted(container, origin);
  }
}
