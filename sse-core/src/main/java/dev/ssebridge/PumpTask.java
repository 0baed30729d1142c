package dev.ssebridge;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something a pump thread runs when it has been woken. However often it is woken before it runs, it
 * stands in the queue once.
 */
abstract class PumpTask {
  /**
   * True while the task stands in its worker's queue. Cleared before {@link #run}, so that a
   * wake-up which comes while it runs queues it again and is never lost.
   */
  final AtomicBoolean queued = new AtomicBoolean();

  final PumpWorker worker;

  PumpTask(PumpWorker worker) {
    this.worker = worker;
  }

  /**
   * Queues the task on its worker. From any thread; never blocks for longer than a queue's lock.
   */
  final void enqueue() {
    if (queued.compareAndSet(false, true)) {
      worker.enqueue(this);
    }
  }

  /** Does the work, on the worker's thread. */
  abstract void run();
}
