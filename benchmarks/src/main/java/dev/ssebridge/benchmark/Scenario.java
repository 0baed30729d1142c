package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig.Connections;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Situations apart from plain fan-out, on one server: {@code bin/bench --scenario}. */
final class Scenario {
  private static final int MANY = 10_000;
  private static final int WARM = 2000; // of them, before opening the others is timed
  private static final int RETURNING = 5000;
  private static final int MISSED = 500;
  private static final int CLIENTS = 1000;

  private final ServerHandle server;
  private final LoadClient load;

  private Scenario(ServerHandle server, LoadClient load) {
    this.server = server;
    this.load = load;
  }

  /**
   * Runs one scenario on each of some servers.
   *
   * @return a table
   */
  static String run(
      String name, List<String> contestants, Path java, List<String> jvm, Connections connections)
      throws Exception {
    var table = new StringBuilder();
    for (String contestant : contestants) {
      try (var load = new LoadClient();
          var server = new ServerHandle(Contestant.parse(contestant), java, jvm, connections)) {
        var scenario = new Scenario(server, load);
        String result =
            switch (name) {
              case "idle" -> scenario.idle();
              case "storm" -> scenario.storm();
              case "stalled" -> scenario.stalled();
              case "answers" -> scenario.answers();
              default -> throw new IllegalArgumentException("no such scenario: " + name);
            };
        table.append("| %s, %s | %s |%n".formatted(contestant, server.version, result));
      }
    }
    return table.toString();
  }

  private Crowd connect(int clients, String headers) {
    var crowd = new Crowd(server.progress);
    load.watch(crowd);
    load.connect(crowd, new LoadClient.Target(server.port, isWebSocket(), "", headers), clients);
    crowd.awaitOpen(server::clients);
    return crowd;
  }

  private boolean isWebSocket() {
    return server.contestant.kind().isWebSocket;
  }

  /** Many connections that are sent nothing but heartbeats. */
  private String idle() throws InterruptedException {
    Crowd crowd = connect(WARM, "");
    long start = System.nanoTime();
    load.connect(crowd, new LoadClient.Target(server.port, isWebSocket(), "", ""), MANY - WARM);
    crowd.awaitOpen(server::clients);
    double opened = (System.nanoTime() - start) / 1e9;
    ServerHandle.Memory memory = server.memory();
    TimeUnit.SECONDS.sleep(20); // until what opening them has left behind is compiled and collected
    long cpu = server.cpuNanos();
    long from = System.nanoTime();
    TimeUnit.SECONDS.sleep(32); // two heartbeats of each stream
    double percent = 100.0 * (server.cpuNanos() - cpu) / (System.nanoTime() - from);
    return text(
        "%,d opened in %.1f s; %,d take %.2f %% of a core, %.1f KB heap and %.1f KB direct each",
        MANY - WARM,
        opened,
        MANY,
        percent,
        memory.heap() / 1024.0 / MANY,
        memory.direct() / 1024.0 / MANY);
  }

  /** Clients that all come back at once and are behind, while events go on for others. */
  private String storm() {
    var workload = new Workload("live", "live", 200, 1, 1_000_000);
    Crowd present = connect(100, "");
    long base = server.publish(Workload.SATURATED, TimeUnit.SECONDS.toNanos(2));
    present.awaitEvents(base);
    String cursor = server.cursor();
    long missed =
        server.publish(new Workload("missed", "missed", 200, MISSED, 1_000_000_000), 1_000_000);
    present.awaitEvents(missed);
    long quiet = server.publish(workload, TimeUnit.SECONDS.toNanos(3)) - missed;
    long heap = server.memory().heap();
    present.arrival.recording = true;
    var crowd = new Crowd(null);
    long start = System.nanoTime();
    load.connect(
        crowd,
        new LoadClient.Target(server.port, false, "", "Last-Event-ID: " + cursor + "\r\n"),
        RETURNING);
    long during = server.publish(workload, TimeUnit.SECONDS.toNanos(3));
    load.watch(crowd);
    crowd.awaitEvents(during - base);
    double took = (System.nanoTime() - start) / 1e9;
    crowd.check(during - base);
    present.check(during);
    long live = during - missed - quiet;
    return text(
        "%,d clients, %d events behind: all caught up %.1f s after the first came; %d events"
            + " published meanwhile, %d in as long before; heap %.0f MB before, %.0f MB after",
        RETURNING, MISSED, took, live, quiet, heap / 1e6, server.memory().heap() / 1e6);
  }

  /** The others' delays, without and with one client in a hundred that never reads. */
  private String stalled() {
    Crowd crowd = connect(CLIENTS, "");
    long nanos = TimeUnit.SECONDS.toNanos(5);
    long events = server.publish(Workload.SATURATED, nanos);
    crowd.awaitEvents(events);
    crowd.arrival.recording = true;
    crowd.awaitEvents(server.publish(Workload.BURSTS, nanos));
    double before = crowd.arrival.delays.getValueAtPercentile(99) / 1e6;
    load.stall(crowd, CLIENTS / 100);
    crowd.arrival.delays.reset();
    events = server.publish(Workload.BURSTS, nanos);
    crowd.awaitEvents(events);
    double with = crowd.arrival.delays.getValueAtPercentile(99) / 1e6;
    crowd.check(events);
    return text("p99 of bursts %.1f ms with all reading, %.1f ms with 1 %% stalled", before, with);
  }

  /** Streams of their own, each sent a token 20 times a second, none in step with another. */
  private String answers() {
    Crowd crowd = connect(CLIENTS, "");
    crowd.awaitEvents(server.publish(Workload.TOKENS, TimeUnit.SECONDS.toNanos(5)));
    crowd.arrival.recording = true;
    crowd.arrival.delays.reset();
    long cpu = server.cpuNanos();
    long before = crowd.slowest();
    long events = server.publish(Workload.TOKENS, TimeUnit.SECONDS.toNanos(10));
    crowd.awaitEvents(events);
    double micros = (server.cpuNanos() - cpu) / 1e3 / CLIENTS / (events - before);
    crowd.check(events);
    return text(
        "%,d answers of %d tokens: from the producer to the client p50 %.2f ms, p99 %.2f ms;"
            + " CPU %.1f s per million tokens",
        CLIENTS,
        events - before,
        crowd.arrival.delays.getValueAtPercentile(50) / 1e6,
        crowd.arrival.delays.getValueAtPercentile(99) / 1e6,
        micros);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
