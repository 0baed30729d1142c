package dev.ssebridge.benchmark;

import java.util.List;

/**
 * What is published.
 *
 * @param name for files
 * @param title the head of its column
 * @param bytes of each event's text
 * @param together events that follow each other at once
 * @param periodNanos from one such burst to the next; 0 for as fast as it goes
 */
record Workload(String name, String title, int bytes, int together, long periodNanos) {
  static final Workload SATURATED = new Workload("saturated", "saturated", 200, 1, 0);
  static final Workload BURSTS =
      new Workload("bursts", "bursts of 10, ten a second", 200, 10, 100_000_000);
  static final Workload SINGLE = new Workload("single", "single events, 20/s", 200, 1, 50_000_000);
  static final Workload LARGE = new Workload("large", "saturated, 2,000 bytes", 2000, 1, 0);

  static final List<Workload> ALL = List.of(SATURATED, BURSTS, SINGLE, LARGE);

  boolean isSaturated() {
    return periodNanos == 0;
  }
}
