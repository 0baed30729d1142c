package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Counts what must not be left over when streams, servers and hubs are gone. */
final class Leftovers {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Leftovers() {}

  /** The threads of the library that run now. */
  static Set<Thread> libraryThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("sse-"));
    return threads;
  }

  /** Those of earlier tests may still be about to end. */
  static void assertNoThreadIsLeft(Set<Thread> before) throws InterruptedException {
    Supplier<Set<Thread>> left =
        () -> {
          Set<Thread> threads = libraryThreads();
          threads.removeAll(before);
          return threads;
        };
    await(() -> left.get().isEmpty(), () -> "threads are left over: " + left.get());
  }

  /** The bytes of all direct buffers, the containers' pools included. */
  static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  static void await(BooleanSupplier reached, Supplier<String> failure) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    var pace = new Object();
    while (!reached.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, failure);
      synchronized (pace) {
        pace.wait(10);
      }
    }
  }
}
