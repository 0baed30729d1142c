package dev.ssebridge.example.suite.parity;

import java.util.ArrayList;
import java.util.List;

/**
 * What was seen of a session on both sides, each in order.
 *
 * @param hears what the endpoint noted
 * @param gets what the client received, its close included
 */
record Transcript(List<String> hears, List<String> gets) {
  /** The same with what a line of the other that ends in a star leaves open left open. */
  Transcript like(Transcript pattern) {
    return new Transcript(like(hears, pattern.hears), like(gets, pattern.gets));
  }

  private static List<String> like(List<String> lines, List<String> patterns) {
    List<String> alike = new ArrayList<>(lines);
    for (int i = 0; i < Math.min(lines.size(), patterns.size()); i++) {
      String pattern = patterns.get(i);
      String start = pattern.substring(0, Math.max(0, pattern.length() - 2));
      if (pattern.endsWith(" *") && lines.get(i).startsWith(start)) {
        alike.set(i, pattern);
      }
    }
    return alike;
  }

  @Override
  public String toString() {
    return "hears " + quoted(hears) + "\n gets " + quoted(gets);
  }

  private static List<String> quoted(List<String> lines) {
    return lines.stream().map(line -> '"' + line + '"').toList();
  }
}
