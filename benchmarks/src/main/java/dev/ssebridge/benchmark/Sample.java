package dev.ssebridge.benchmark;

/**
 * One workload on one server in one round.
 *
 * @param events delivered, over all clients
 * @param cpuNanos of the server's process
 * @param nanos from the first publication to the last delivery
 * @param p50Nanos median of the time from a publication to its arrival
 * @param p99Nanos its 99th percentile
 */
record Sample(long events, long cpuNanos, long nanos, long p50Nanos, long p99Nanos) {
  /** CPU seconds of the server per million delivered events; the same as microseconds each. */
  double cpuMicrosPerEvent() {
    return cpuNanos / 1e3 / events;
  }

  double eventsPerSecond() {
    return events * 1e9 / nanos;
  }

  double p50Millis() {
    return p50Nanos / 1e6;
  }

  double p99Millis() {
    return p99Nanos / 1e6;
  }
}
