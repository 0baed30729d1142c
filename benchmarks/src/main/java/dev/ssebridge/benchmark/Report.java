package dev.ssebridge.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What was measured, as a page. */
final class Report {
  private final List<Entrant> entrants;
  private final int clients;
  private final int rounds;
  private final double seconds;
  private final List<Workload> workloads;
  private final List<Column> ratios = new ArrayList<>();

  /** A figure of which the page says how ours compares to theirs. */
  private record Column(String title, Workload workload, ToDoubleFunction<Sample> figure) {}

  Report(
      List<Entrant> entrants, int clients, int rounds, double seconds, List<Workload> workloads) {
    this.workloads = workloads;
    workloads.forEach(
        each -> ratios.add(new Column("CPU, " + each.title(), each, Sample::cpuMicrosPerEvent)));
    ratios.add(new Column("events/s, saturated", Workload.SATURATED, Sample::eventsPerSecond));
    ratios.add(new Column("p50, bursts", Workload.BURSTS, Sample::p50Millis));
    ratios.add(new Column("p99, bursts", Workload.BURSTS, Sample::p99Millis));
    ratios.add(new Column("p99, single", Workload.SINGLE, Sample::p99Millis));
    ratios.removeIf(each -> !workloads.contains(each.workload));
    this.entrants = entrants;
    this.clients = clients;
    this.rounds = rounds;
    this.seconds = seconds;
  }

  String markdown(String arguments, Path java, String options) throws IOException {
    var page = new StringBuilder();
    page.append("# Performance: the last results\n\n");
    page.append("Written by `bin/bench`; `docs/performance.md` says what it means.\n");
    page.append("Medians of the rounds, with the least and the most in parentheses.\n\n");
    page.append("| | |\n| --- | --- |\n");
    row(page, "date", LocalDate.now(ZoneOffset.UTC).toString());
    row(page, "machine", machine());
    row(page, "JVM of the servers", version(java) + ", " + options);
    row(page, "command", "`bin/bench " + arguments + "`");
    row(
        page,
        "measured",
        String.format(
            Locale.ROOT,
            "%,d clients of each server, %d rounds of %s s for each workload, servers in turns",
            clients,
            rounds,
            Spread.digits(seconds)));
    page.append("\n## CPU seconds of the server per million delivered events\n\n");
    table(page, workloads, Sample::cpuMicrosPerEvent);
    for (Workload workload : workloads) {
      page.append("\n![%s](%s)\n".formatted(workload.title(), Plot.file(workload)));
    }
    section(page, "Delivered events per second", saturated(true), Sample::eventsPerSecond);
    section(
        page,
        "From when an event was due to its arrival: p50, ms",
        saturated(false),
        Sample::p50Millis);
    section(
        page,
        "From when an event was due to its arrival: p99, ms",
        saturated(false),
        Sample::p99Millis);
    page.append("\n## Memory of an idle connection, KB\n\n");
    page.append("| server | heap | direct |\n| --- | --- | --- |\n");
    for (Entrant entrant : entrants) {
      row(
          page,
          title(entrant),
          String.format(Locale.ROOT, "%.1f", entrant.heapKilobytes),
          String.format(Locale.ROOT, "%.1f", entrant.directKilobytes));
    }
    ratios(page);
    return page.toString();
  }

  private List<Workload> saturated(boolean wanted) {
    return workloads.stream().filter(each -> each.isSaturated() == wanted).toList();
  }

  private void section(
      StringBuilder page, String title, List<Workload> some, ToDoubleFunction<Sample> figure) {
    if (!some.isEmpty()) {
      page.append("\n## ").append(title).append("\n\n");
      table(page, some, figure);
    }
  }

  private void table(
      StringBuilder page, List<Workload> workloads, ToDoubleFunction<Sample> figure) {
    page.append("| server |");
    workloads.forEach(workload -> page.append(' ').append(workload.title()).append(" |"));
    page.append("\n| --- |").append(" --- |".repeat(workloads.size())).append('\n');
    for (Entrant entrant : entrants) {
      page.append("| ").append(title(entrant)).append(" |");
      for (Workload workload : workloads) {
        String text = Spread.of(samples(entrant, workload), figure).text();
        page.append(' ').append(text).append(" |");
      }
      page.append('\n');
    }
  }

  /** Ours against the WebSocket of the same container, round by round. */
  private void ratios(StringBuilder page) {
    var table = new StringBuilder();
    for (Entrant ours : entrants) {
      Contestant.Kind kind = ours.server.contestant.kind();
      if (kind != Contestant.Kind.HUB && kind != Contestant.Kind.BRIDGE) {
        continue;
      }
      for (Entrant theirs : entrants) {
        Contestant other = theirs.server.contestant;
        if (other.kind().isWebSocket
            && other.container().equals(ours.server.contestant.container())) {
          ratio(table, ours, theirs);
        }
      }
    }
    if (!table.isEmpty()) {
      page.append("\n## Ratios within a round, medians\n\n| | of |");
      ratios.forEach(each -> page.append(' ').append(each.title).append(" |"));
      page.append("\n| --- | --- |").append(" --- |".repeat(ratios.size())).append('\n');
      page.append(table);
    }
  }

  private void ratio(StringBuilder table, Entrant ours, Entrant theirs) {
    List<String> cells = new ArrayList<>(List.of(ours.name(), theirs.name()));
    ratios.forEach(each -> cells.add(quotient(ours, theirs, each.workload, each.figure)));
    row(table, cells.toArray(String[]::new));
  }

  private static String quotient(
      Entrant ours, Entrant theirs, Workload workload, ToDoubleFunction<Sample> figure) {
    List<Sample> one = samples(ours, workload);
    List<Sample> other = samples(theirs, workload);
    List<Double> quotients = new ArrayList<>();
    for (int i = 0; i < one.size(); i++) {
      quotients.add(figure.applyAsDouble(one.get(i)) / figure.applyAsDouble(other.get(i)));
    }
    double median = Spread.of(quotients, Double::doubleValue).median();
    return String.format(Locale.ROOT, median < 0.1 ? "%.3f" : "%.2f", median);
  }

  private static List<Sample> samples(Entrant entrant, Workload workload) {
    return entrant.samples.getOrDefault(workload, List.of());
  }

  private static String title(Entrant entrant) {
    Contestant contestant = entrant.server.contestant;
    return contestant.container().isEmpty()
        ? contestant.name()
        : contestant.kind().label() + ", " + entrant.server.version;
  }

  private static void row(StringBuilder page, String... cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String machine() throws IOException {
    String model = "";
    Path cpus = Path.of("/proc/cpuinfo");
    if (Files.isReadable(cpus)) {
      model =
          Files.readAllLines(cpus).stream()
              .filter(line -> line.startsWith("model name"))
              .findFirst()
              .map(line -> line.substring(line.indexOf(':') + 1).trim() + ", ")
              .orElse("");
    }
    Path load = Path.of("/proc/loadavg");
    return "%s%d CPUs shared with the load client, %s %s%s"
        .formatted(
            model,
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Files.isReadable(load)
                ? ", load at the end " + Files.readString(load).split(" ")[0]
                : "");
  }

  private static String version(Path java) throws IOException {
    Process process =
        new ProcessBuilder(java.toString(), "-version").redirectErrorStream(true).start();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> line.contains("VM")).findFirst().orElse("unknown");
    }
  }
}
