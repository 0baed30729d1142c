package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig.Connections;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The fan-out comparison; {@code bin/bench} runs it. All servers are started and connected first,
 * and then measured in turns, so that whatever else the machine does hits them alike.
 */
final class Bench {
  private int rounds = 3;
  private int clients = 1000;
  private double seconds = 2;
  private Path java = Path.of(System.getProperty("java.home"), "bin", "java");
  private String options = "-Xms512m -Xmx512m";
  private Path out = Path.of("benchmarks", "target", "results");
  private Connections connections = Connections.DEFAULT;
  private String typed = ""; // the options as the person gave them
  private String scenario = ""; // empty: fan-out
  private List<String> names = Contestant.ALL;
  private List<Workload> workloads = Workload.ALL;
  private final List<String> given = new ArrayList<>();

  private Bench() {}

  /**
   * Measures and prints.
   *
   * @param args options and names of contestants, see bin/bench
   */
  public static void main(String[] args) throws Exception {
    var bench = new Bench();
    bench.read(args);
    bench.run();
    System.exit(0);
  }

  private void read(String[] args) {
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--quick" -> {
          rounds = 1;
          seconds = 1;
          names = Contestant.QUICK;
        }
        case "--typed" -> typed = args[++i];
        case "--rounds" -> rounds = Integer.parseInt(args[++i]);
        case "--clients" -> clients = Integer.parseInt(args[++i]);
        case "--seconds" -> seconds = Double.parseDouble(args[++i]);
        case "--java" -> java = Path.of(args[++i]);
        case "--jvm-options" -> options = args[++i];
        case "--lean" -> connections = Connections.LEAN;
        case "--busy" -> connections = Connections.BUSY;
        case "--scenario" -> scenario = args[++i];
        case "--workloads" -> workloads = Workload.parse(args[++i]);
        case "--out" -> out = Path.of(args[++i]);
        default -> given.add(Contestant.parse(args[i]).name());
      }
    }
    if (scenario.equals("idle") && connections == Connections.DEFAULT) {
      connections = Connections.LEAN; // Tomcat as it comes does not take so many
    }
    if (!given.isEmpty()) {
      names = given;
    }
  }

  private void run() throws Exception {
    if (!scenario.isEmpty()) {
      String kind = scenario.equals("answers") ? "direct" : "hub";
      List<String> servers =
          given.isEmpty() ? List.of(kind + "@tomcat-11", kind + "@jetty-12.1") : given;
      System.out.print(
          Scenario.run(scenario, servers, java, List.of(options.split(" ")), connections));
      return;
    }
    List<Entrant> entrants = new ArrayList<>();
    try (var load = new LoadClient()) {
      for (String name : names) {
        System.err.println("starting " + name);
        List<String> jvm = List.of(options.split(" "));
        var server = new ServerHandle(Contestant.parse(name), java, jvm, connections);
        var entrant = new Entrant(server, load);
        entrants.add(entrant);
        entrant.connect(clients);
        entrant.warmUp(nanos(1.5 * seconds));
      }
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("round %d of %d%n", round, rounds);
        for (Workload workload : workloads) {
          for (Entrant entrant : entrants) {
            entrant.measure(workload, nanos(seconds));
          }
        }
      }
      String report =
          new Report(entrants, clients, rounds, seconds, workloads).markdown(typed, java, options);
      System.out.println(report);
      save(report, entrants);
    } finally {
      for (Entrant entrant : entrants) {
        entrant.close();
      }
    }
  }

  private void save(String report, List<Entrant> entrants) throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("results.md"), report);
    for (Workload workload : workloads) {
      Files.writeString(out.resolve(Plot.file(workload)), Plot.cpu(workload, entrants));
    }
    System.err.println("written to " + out);
  }

  private static long nanos(double seconds) {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }
}
