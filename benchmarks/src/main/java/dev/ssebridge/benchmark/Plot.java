package dev.ssebridge.benchmark;

import java.util.List;
import java.util.Locale;

/** Horizontal bars on a logarithmic scale, as SVG. */
final class Plot {
  private static final int LABELS = 210;
  private static final int BARS = 420;
  private static final int ROW = 24;

  private Plot() {}

  static String file(Workload workload) {
    return "cpu-" + workload.name() + ".svg";
  }

  /** CPU per event of every server under one workload; thin lines are the spread of the rounds. */
  static String cpu(Workload workload, List<Entrant> entrants) {
    List<Spread> spreads =
        entrants.stream()
            .map(
                each ->
                    Spread.of(
                        each.samples.getOrDefault(workload, List.of()), Sample::cpuMicrosPerEvent))
            .toList();
    double least = Math.log10(spreads.stream().mapToDouble(Spread::least).min().orElse(1)) - 0.2;
    double most = Math.log10(spreads.stream().mapToDouble(Spread::most).max().orElse(10)) + 0.05;
    int height = 40 + ROW * entrants.size();
    var svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"
          font-family="sans-serif" font-size="13">
        <rect width="100%%" height="100%%" fill="#fff"/>
        <text x="8" y="20" font-weight="bold">CPU seconds per million events: %s (log scale)</text>
        """
            .formatted(LABELS + BARS + 80, height, workload.title()));
    for (int i = 0; i < entrants.size(); i++) {
      Spread spread = spreads.get(i);
      Contestant.Kind kind = entrants.get(i).server.contestant.kind();
      boolean ours = kind == Contestant.Kind.HUB || kind == Contestant.Kind.BRIDGE;
      int y = 32 + i * ROW;
      double length = at(spread.median(), least, most);
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <text x="%d" y="%d" text-anchor="end">%s</text>
              <rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>
              <line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#222"/>
              <text x="%.1f" y="%d">%s</text>
              """,
              LABELS - 6,
              y + 15,
              entrants.get(i).name(),
              LABELS,
              y + 2,
              length,
              ROW - 6,
              ours ? "#2a7f62" : "#9aa5b1",
              LABELS + at(spread.least(), least, most),
              LABELS + at(spread.most(), least, most),
              y + 11,
              y + 11,
              LABELS + Math.max(length, at(spread.most(), least, most)) + 6,
              y + 15,
              Spread.digits(spread.median())));
    }
    return svg.append("</svg>\n").toString();
  }

  private static double at(double value, double least, double most) {
    return BARS * (Math.log10(value) - least) / (most - least);
  }
}
