package dev.ssebridge.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.ssebridge.FrameSink;
import dev.ssebridge.HubOptions;
import dev.ssebridge.Interest;
import dev.ssebridge.Pump;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.Subscription;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a fan-out costs, counted instead of timed, so that it says the same on every machine. */
class FanoutCostTest {
  private static final int STREAMS = 200;
  private static final int EVENT_BYTES = 200;

  private final Pump pump = Pump.manual(() -> 0, () -> 0);
  private final SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump));
  private final Counts counts = new Counts();
  private long number;

  /** What all sinks together were asked for. */
  private static final class Counts {
    int writes;
    int flushes;
    long bytes;
    int longest;
    final Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());

    void reset() {
      writes = 0;
      flushes = 0;
      bytes = 0;
      longest = 0;
      arrays.clear();
    }
  }

  private final class Sink implements FrameSink {
    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      counts.writes++;
      counts.bytes += count;
      counts.longest = Math.max(counts.longest, count);
      if (counting) {
        counts.arrays.add(bytes);
      }
      Runnable next = meanwhile;
      meanwhile = () -> {};
      next.run();
    }

    @Override
    public void flush() {
      counts.flushes++;
    }

    @Override
    public void end(StreamEnd why) {}
  }

  private boolean counting = true;
  private Runnable meanwhile = () -> {}; // once, as the first bytes are written

  @BeforeEach
  void open() {
    for (int i = 0; i < STREAMS; i++) {
      Subscription subscription = hub.subscribe(Interest.in("prices"), null);
      var unused =
          pump.attach(
              new Sink(), subscription, subscription.start(), StreamOptions.DEFAULTS, why -> {});
    }
    pump.runPending();
    counts.reset();
  }

  @AfterEach
  void close() {
    hub.close();
    pump.close();
  }

  private void publish(int events) {
    for (int i = 0; i < events; i++) {
      var unused = hub.publish("prices", Text.of(EVENT_BYTES, number++, 0));
    }
  }

  @Test
  void anEventIsOneWriteAndOneFlushOfTheSameBytesForEveryStream() {
    publish(1);
    pump.runPending();
    assertEquals(STREAMS, counts.writes);
    assertEquals(STREAMS, counts.flushes);
    assertEquals(1, counts.arrays.size(), "copies of the event");
  }

  @Test
  void eventsThatComeTogetherAreOneWriteAndOneFlush() {
    publish(10);
    pump.runPending();
    assertEquals(STREAMS, counts.writes);
    assertEquals(STREAMS, counts.flushes);
    assertEquals(1, counts.arrays.size(), "copies of the events");
  }

  @Test
  void aBurstThatBeginsToBeSentBeforeItIsWholeCostsFewStreamsASecondWrite() {
    publish(1);
    meanwhile = () -> publish(9);
    pump.runPending();
    assertTrue(
        counts.writes <= STREAMS + STREAMS / 4, () -> counts.writes + " writes for " + STREAMS);
    assertEquals(counts.writes, counts.flushes);
  }

  @Test
  void newsThatNeverEndIsNotReadForEachStreamAnew() {
    publish(1);
    Runnable more =
        new Runnable() {
          @Override
          public void run() {
            if (counts.writes % 8 == 1) {
              publish(1);
            }
            if (number < 26) { // through the whole turn, and no more than one run holds
              meanwhile = this;
            }
          }
        };
    meanwhile = more;
    pump.runPending();
    assertTrue(counts.writes <= 2 * STREAMS, () -> counts.writes + " writes");
    assertTrue(counts.arrays.size() <= 20, () -> counts.arrays.size() + " reads");
  }

  @Test
  void aBacklogGoesInRunsThatFillWhatTheSinkSendsInOnePieceAndNoMore() {
    publish(1000);
    pump.runPending();
    long each = counts.bytes / STREAMS;
    long fewest = (each + Pump.RUN_BYTES - 1) / Pump.RUN_BYTES;
    assertTrue(counts.longest <= Pump.RUN_BYTES, () -> "a run of " + counts.longest);
    assertTrue(
        counts.writes <= STREAMS * (fewest + fewest / 16 + 1),
        () -> counts.writes / STREAMS + " writes where " + fewest + " would do");
    assertEquals(STREAMS, counts.flushes);
    assertEquals(counts.writes / STREAMS, counts.arrays.size(), "copies of the runs");
  }

  @Test
  void deliveringAnEventToOneMoreStreamAllocatesNothingWorthMentioning() {
    counting = false;
    for (int i = 0; i < 2000; i++) {
      publish(1);
      pump.runPending();
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    int events = 1000;
    for (int i = 0; i < events; i++) {
      publish(1);
      pump.runPending();
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / ((long) events * STREAMS);
    // Encoding and reading, a few KB for each event, are shared by all streams; what is a stream's
    // own must stay far below the event that it is sent.
    assertTrue(each <= EVENT_BYTES / 4, () -> each + " bytes for each delivered event");
  }
}
