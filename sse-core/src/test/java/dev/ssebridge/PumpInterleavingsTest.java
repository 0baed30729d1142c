package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the pump does without a lock, in orders that Lincheck's model checker chooses: it switches
 * threads where they touch shared memory, so that a lost wake-up needs no luck to show.
 */
@Timeout(300) // against a hang only
class PumpInterleavingsTest {
  /** Of each test; one switch of threads at the wrong place is found within them. */
  private static final int ORDERS = 60;

  private static Pump pump() {
    return Pump.manual(() -> 0, new Random(1));
  }

  /** Reads what was published by then. */
  private static final class Reader extends PumpTask {
    final AtomicInteger published = new AtomicInteger();
    int seen;
    int turns;

    Reader(PumpWorker worker) {
      super(worker);
    }

    void publish() {
      published.incrementAndGet();
      enqueue();
    }

    @Override
    void run() {
      turns++;
      seen = published.get();
    }
  }

  @Test
  void whatIsPublishedDuringATurnIsReadInThatOneOrTheNext() {
    Lincheck.runConcurrentTest(
        ORDERS,
        () -> {
          var worker = new PumpWorker(pump(), "worker");
          var reader = new Reader(worker);
          reader.publish();
          var other = new Thread(reader::publish);
          other.start();
          worker.runDue();
          join(other);
          while (worker.hasWork()) {
            worker.runDue();
          }
          assertEquals(2, reader.seen);
          assertTrue(reader.turns <= 2, "one place in the queue each");
        });
  }

  @Test
  void aStreamThatComesWhileThePumpClosesIsRefusedOrEnded() {
    Lincheck.runConcurrentTest(
        ORDERS,
        () -> {
          Pump pump = pump();
          var ends = new AtomicInteger();
          int refused = 0;
          var closing = new Thread(pump::close);
          closing.start();
          try {
            attach(pump, ends);
          } catch (IllegalStateException closed) {
            refused++;
          }
          join(closing);
          pump.runPending();
          assertEquals(1, ends.get() + refused);
          assertEquals(0, pump.streams());
        });
  }

  private static void attach(Pump pump, AtomicInteger ends) {
    pump.attach(
        new ReadySink(),
        (position, out) -> position,
        0,
        StreamOptions.DEFAULTS,
        why -> ends.incrementAndGet());
  }

  private static final class ReadySink implements FrameSink {
    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void write(byte[] bytes, int from, int count) {}

    @Override
    public void flush() {}

    @Override
    public void end(StreamEnd why) {}
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
