package dev.ssebridge.websocket;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a bridge runs its callbacks and its sweeping on: threads of its own, or in tests the thread
 * that calls {@link #runPending}.
 *
 * <p>Threading: safe for concurrent use.
 */
final class BridgeThreads {
  private static final int CALLBACK_THREADS = 8;
  private static final int STOP_SECONDS = 2;

  private final Runnable sweep;
  private final @Nullable ScheduledThreadPoolExecutor sweeper; // null: no threads
  private final @Nullable ThreadPoolExecutor callbacks; // null likewise
  private final Queue<Runnable> pending = new ConcurrentLinkedQueue<>(); // without threads

  private BridgeThreads(
      Runnable sweep,
      @Nullable ScheduledThreadPoolExecutor sweeper,
      @Nullable ThreadPoolExecutor callbacks) {
    this.sweep = sweep;
    this.sweeper = sweeper;
    this.callbacks = callbacks;
  }

  /** Starts threads, which look at the clock every so many milliseconds. */
  static BridgeThreads start(Runnable sweep, long periodMillis) {
    var callbacks =
        new ThreadPoolExecutor(
            CALLBACK_THREADS,
            CALLBACK_THREADS,
            10,
            TimeUnit.SECONDS,
            // One for each send that asked or session that ends: both are bounded.
            new LinkedBlockingQueue<>(),
            work -> daemon("sse-bridge-callback", work));
    callbacks.allowCoreThreadTimeOut(true);
    var sweeper = new ScheduledThreadPoolExecutor(1, work -> daemon("sse-bridge-sweeper", work));
    var unused =
        sweeper.scheduleWithFixedDelay(sweep, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
    return new BridgeThreads(sweep, sweeper, callbacks);
  }

  /** Starts none. */
  static BridgeThreads none(Runnable sweep) {
    return new BridgeThreads(sweep, null, null);
  }

  void execute(Runnable work) {
    if (callbacks == null) {
      pending.add(work);
    } else {
      callbacks.execute(work);
    }
  }

  /**
   * Sweeps, and runs the callbacks that wait.
   *
   * @return whether there was one
   */
  boolean runPending() {
    sweep.run();
    boolean any = false;
    for (Runnable work = pending.poll(); work != null; work = pending.poll()) {
      work.run();
      any = true;
    }
    return any;
  }

  void stopSweeping() {
    if (sweeper != null) {
      sweeper.shutdownNow();
    }
  }

  /** Waits for what runs: containers complain of threads that an application leaves behind. */
  void close() {
    if (sweeper == null || callbacks == null) {
      return;
    }
    callbacks.shutdown();
    try {
      boolean unused =
          sweeper.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)
              && callbacks.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
