package dev.ssebridge.example.demo;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions that nothing announces, by asking again and again until a deadline. */
final class Await {
  // A container may wait 20 s for each WebSocket that is cut while an endpoint sends to it.
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final Duration BETWEEN = Duration.ofMillis(100);

  private Await() {}

  /**
   * Returns when the condition holds.
   *
   * @param seen what to say if it does not within the deadline
   */
  static void until(BooleanSupplier condition, Supplier<String> seen) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited " + DEADLINE + " in vain: " + seen.get());
      }
      LockSupport.parkNanos(BETWEEN.toNanos());
    }
  }
}
