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
    System.out.print(welcome(war, server.container(), "http://127.0.0.1:" + front.port()));
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

  private static String welcome(Path war, String container, String origin) {
    String example = war.getFileName().toString().replaceFirst("\\.war$", "");
    return """
        %1$s, on %2$s:

          %3$s/

        %4$s
        Ctrl-C stops it.
        """
        .formatted(example, container, origin, byHand(example).formatted(origin));
  }

  /** What to type to see the same without the page, if there is something to say of the example. */
  private static String byHand(String example) {
    return switch (example) {
      case "live-chat" ->
          """
          The same by hand: open a session, send to it, and resume it after it was cut.

            curl -N -H 'Accept: text/event-stream' %1$s/chat/lobby
            curl -H 'Sse-Session: TOKEN' -H 'Content-Type: text/plain' --data 'hello' %1$s/chat/lobby
            curl -N -H 'Accept: text/event-stream' -H 'Last-Event-ID: LAST-ID' %1$s/chat/lobby
          """;
      case "dashboard" ->
          """
          The same by hand: follow the channels, and go on where you stopped.

            curl -N %1$s/events/metrics,alerts,builds
            curl -N -H 'Last-Event-ID: LAST-ID' %1$s/events/metrics,alerts,builds
          """;
      case "ai-tokens" ->
          """
          The same by hand: an answer as the response, and one to be read at its Location.

            curl -N '%1$s/direct?prompt=why'
            curl -i -d prompt=why %1$s/answers
            curl -N -H 'Last-Event-ID: LAST-ID' '%1$s/LOCATION'
          """;
      default -> "";
    };
  }
}
