package dev.ssebridge;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something a pump thread runs when it has been woken. However often it is woken before it runs, it
 * stands in the queue once.
 */
abstract class PumpTask {
  /**
   * True while the task waits for a turn of its worker. Cleared when the turn begins, before
   * anything is read in it, so that a wake-up which comes during the turn is good for another one.
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
