package dev.ssebridge.benchmark;

import java.util.List;
import java.util.stream.Stream;

/**
 * What is published.
 *
 * @param name for files
 * @param title the head of its column
 * @param bytes of each event's text
 * @param together events that follow each other at once
 * @param periodNanos from one such burst to the next; 0 for as fast as it goes
 * @param groups of clients that get theirs one after the other, spread over that time; 1 for all at
 *     once
 */
record Workload(String name, String title, int bytes, int together, long periodNanos, int groups) {
  static final Workload SATURATED = new Workload("saturated", "saturated", 200, 1, 0);

  /** What each of many answers of a language model sends, none in step with another. */
  static final Workload TOKENS = new Workload("tokens", "tokens", 40, 1, 50_000_000, 50);

  static final Workload BURSTS =
      new Workload("bursts", "bursts of 10, ten a second", 200, 10, 100_000_000);
  static final Workload SINGLE = new Workload("single", "single events, 20/s", 200, 1, 50_000_000);
  static final Workload LARGE = new Workload("large", "saturated, 2,000 bytes", 2000, 1, 0);

  Workload(String name, String title, int bytes, int together, long periodNanos) {
    this(name, title, bytes, together, periodNanos, 1);
  }

  static final List<Workload> ALL = List.of(SATURATED, BURSTS, SINGLE, LARGE);

  /**
   * Reads names with commas between them.
   *
   * @throws IllegalArgumentException if there is no such workload
   */
  static List<Workload> parse(String names) {
    return Stream.of(names.split(","))
        .map(
            name ->
                ALL.stream()
                    .filter(each -> each.name.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no such workload: " + name)))
        .toList();
  }

  boolean isSaturated() {
    return periodNanos == 0;
  }
}
