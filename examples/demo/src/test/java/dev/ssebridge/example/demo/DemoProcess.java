package dev.ssebridge.example.demo;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The demo as a user starts it: a process of its own, with one container on its class path. */
final class DemoProcess implements AutoCloseable {
  private static final Path EXAMPLES = Path.of(System.getProperty("basedir", "")).resolve("..");
  private static final Pattern URL = Pattern.compile(" {2}(http://127\\.0\\.0\\.1:\\d+/)");

  private final Process process;
  private final Thread reader;
  private final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();

  private DemoProcess(Process process) {
    this.process = process;
    reader = new Thread(this::read, "demo-output");
    reader.start();
  }

  /**
   * Starts the demo on a free port.
   *
   * @param example the name of its war and module
   * @param container the directory of its module below {@code examples/servers}
   */
  static DemoProcess start(String example, String container) throws IOException {
    Path server = EXAMPLES.resolve("servers").resolve(container).resolve("target");
    String classPath =
        String.join(
            File.pathSeparator,
            EXAMPLES.resolve("demo/target/classes").toString(),
            server.resolve("*").toString(),
            server.resolve("lib/*").toString());
    DemoProcess demo =
        new DemoProcess(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classPath,
                    Demo.class.getName(),
                    "--port",
                    "0",
                    "--war",
                    EXAMPLES.resolve(example + "/target/" + example + ".war").toString())
                .redirectErrorStream(true)
                .start());
    Await.until(
        () -> demo.url().isPresent() || !demo.process.isAlive(),
        () -> "the demo's address in " + demo.output);
    return demo;
  }

  URI uri() {
    return URI.create(url().orElseThrow(() -> new AssertionError("did not start: " + output)));
  }

  /** What it has printed so far. */
  List<String> output() {
    return List.copyOf(output);
  }

  private Optional<String> url() {
    return output.stream()
        .map(URL::matcher)
        .filter(m -> m.matches())
        .map(m -> m.group(1))
        .findAny();
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
      }
    } catch (IOException e) {
      output.add(e.toString());
    }
  }

  /** Tells it to stop, as Ctrl-C does, and waits until it has. */
  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the demo did not stop: " + output);
    }
    reader.join();
  }
}
