package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig.Connections;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link ServerProcess}, seen from the harness. Not safe for concurrent use. */
final class ServerHandle implements AutoCloseable {
  final Contestant contestant;
  final Progress progress;
  final int port;
  final String version;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final Path progressFile;

  /** Heap and direct memory in use, in bytes. */
  record Memory(long heap, long direct) {}

  /**
   * Starts a server and waits until it accepts connections.
   *
   * @param java the executable of its JVM
   * @param options of the JVM
   */
  ServerHandle(Contestant contestant, Path java, List<String> options, Connections connections)
      throws IOException {
    this.contestant = contestant;
    progressFile = Files.createTempFile("sse-bench", ".progress");
    progress = new Progress(progressFile);
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(options);
    command.add("-cp");
    command.add(classPath(contestant));
    command.add(ServerProcess.class.getName());
    command.add(contestant.name());
    command.add(progressFile.toString());
    command.add(connections.name());
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    commands = process.outputWriter(StandardCharsets.US_ASCII);
    answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String[] ready = answer().split(" ", 2);
    port = Integer.parseInt(ready[0]);
    version = ready[1];
  }

  private static String classPath(Contestant contestant) {
    String own = System.getProperty("java.class.path");
    if (contestant.container().isEmpty()) {
      return own;
    }
    Path server = Path.of("examples", "servers", contestant.container(), "target");
    if (!Files.isDirectory(server.resolve("lib"))) {
      throw new IllegalArgumentException("not built, or no container: " + server);
    }
    return own + ":" + server.resolve("*") + ":" + server.resolve("lib").resolve("*");
  }

  long cpuNanos() {
    return Long.parseLong(ask("cpu"));
  }

  int clients() {
    return Integer.parseInt(ask("clients"));
  }

  String cursor() {
    return ask("cursor");
  }

  Memory memory() {
    String[] words = ask("memory").split(" ");
    return new Memory(Long.parseLong(words[0]), Long.parseLong(words[1]));
  }

  /** Publishes as a workload says. Returns how many events there have been since the start. */
  long publish(Workload workload, long nanos) {
    return Long.parseLong(
        ask(
            "publish %d %d %d %d %d"
                .formatted(
                    workload.bytes(),
                    workload.together(),
                    workload.periodNanos(),
                    workload.groups(),
                    nanos)));
  }

  private String ask(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    while (line != null && !line.startsWith(ServerProcess.ANSWER)) {
      line = answers.readLine();
    }
    if (line == null) {
      throw new IOException("the server has ended: " + contestant.name());
    }
    return line.substring(ServerProcess.ANSWER.length());
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Files.deleteIfExists(progressFile);
  }
}
