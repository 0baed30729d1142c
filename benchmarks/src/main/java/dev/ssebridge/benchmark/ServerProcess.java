package dev.ssebridge.benchmark;

import com.sun.management.OperatingSystemMXBean;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * One server of the comparison, in a process of its own. Takes commands on its standard input, one
 * a line, and answers each with a line on its standard output.
 */
final class ServerProcess {
  /** Begins a line that is an answer: a JVM may have more to say. */
  static final String ANSWER = "= ";

  private static final long POLL_NANOS = 1_000_000;

  private final Fanout fanout;
  private final Progress progress;
  private final int window;
  private long number;

  private ServerProcess(Fanout fanout, Progress progress, int window) {
    this.fanout = fanout;
    this.progress = progress;
    this.window = window;
  }

  /**
   * Serves until its input ends.
   *
   * @param args the contestant, the file of its {@link Progress}, and what its connector is set up
   *     for
   */
  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a container has to say is not an answer
    Contestant contestant = Contestant.parse(args[0]);
    var progress = new Progress(Path.of(args[1]));
    Fanout fanout;
    if (contestant.kind().needsContainer()) {
      HostedFanout hosted = HostedFanout.of(contestant.kind());
      ServerConfig.Builder config = ServerConfig.embedded();
      config.connections(ServerConfig.Connections.valueOf(args[2]));
      hosted.configure(config);
      EmbeddedServer server = config.start();
      answers.println(ANSWER + server.port() + " " + server.container());
      fanout = hosted;
    } else {
      var raw = new RawServer(contestant.kind() == Contestant.Kind.RAW);
      answers.println(ANSWER + raw.port() + " NIO");
      fanout = raw;
    }
    answers.flush();
    int status = 1;
    try {
      new ServerProcess(fanout, progress, contestant.window()).serve(answers);
      status = 0;
    } catch (IOException | RuntimeException failure) {
      failure.printStackTrace(); // who asked finds the answer missing
    } finally {
      System.exit(status); // not every container's threads are daemons
    }
  }

  private void serve(PrintStream answers) throws IOException {
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      answers.println(
          ANSWER
              + switch (words[0]) {
                case "cpu" -> Long.toString(cpuNanos());
                case "memory" -> memory();
                case "cursor" -> fanout.cursor();
                case "clients" -> Integer.toString(fanout.clients());
                case "publish" ->
                    Long.toString(
                        publish(
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]),
                            Long.parseLong(words[3]),
                            Integer.parseInt(words[4]),
                            Long.parseLong(words[5])));
                default -> throw new IllegalArgumentException("no such command: " + line);
              });
      answers.flush();
    }
  }

  /**
   * Publishes for a while. An event's time is when it was due, not when a server came to it that is
   * still busy with those before.
   *
   * @param length of each text
   * @param together how many events follow each other at once
   * @param periodNanos how long from one such burst to the next; 0 for as fast as it goes
   * @param groups of clients that get theirs one after the other, spread over that time
   * @return how many events have been published since the process began
   */
  private long publish(int length, int together, long periodNanos, int groups, long durationNanos)
      throws IOException {
    long start = System.nanoTime();
    long next = start;
    while (System.nanoTime() - start < durationNanos) {
      if (number + together - progress.get() > window) {
        fanout.flush();
        LockSupport.parkNanos(POLL_NANOS);
        continue;
      }
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < together; i++) {
          long due = periodNanos > 0 ? next : System.nanoTime();
          fanout.publish(Text.of(length, number + i, due), group, groups);
        }
        if (periodNanos > 0) {
          fanout.flush();
          next += periodNanos / groups;
          parkUntil(next);
        }
      }
      number += together;
    }
    fanout.flush();
    return number;
  }

  private static void parkUntil(long nanos) {
    for (long wait = nanos - System.nanoTime(); wait > 0; wait = nanos - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Bytes of the heap and of direct buffers that are in use, after a collection. */
  private static String memory() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + " " + direct;
  }
}
