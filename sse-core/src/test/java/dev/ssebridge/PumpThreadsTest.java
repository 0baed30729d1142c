package dev.ssebridge;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pump with threads of its own. What it does is awaited, to a deadline. */
@Timeout(60)
class PumpThreadsTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final List<FakeSink> sinks = new ArrayList<>();
  private final List<Pump> pumps = new ArrayList<>();
  private final BlockingQueue<StreamEnd> ends = new LinkedBlockingQueue<>();

  private Pump pump(int threads, Duration tick, Duration keepAlive) {
    Pump pump = Pump.create(threads, tick, keepAlive);
    pumps.add(pump);
    return pump;
  }

  private PumpStream attach(Pump pump, FakeSink sink, FrameSource source) {
    sinks.add(sink);
    return sink.of(pump.attach(sink, source, 0, StreamOptions.DEFAULTS, ends::add));
  }

  @AfterEach
  void everyoneKeptTheirContract() {
    pumps.forEach(Pump::close);
    sinks.forEach(FakeSink::check);
    pumps.forEach(pump -> assertEquals(0, pump.streams()));
  }

  private static String frame(long number) {
    return ": " + number + "\n";
  }

  /** Yields until something is so. */
  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "still not so after 30 s");
      Thread.onSpinWait();
      Thread.yield();
    }
  }

  @Test
  void whatIsAddedReachesTheSinkWithoutWaitingForTheClock() {
    Pump pump = pump(1, NEVER, NEVER);
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(pump, sink, source);
    for (int i = 0; i < 1000; i++) {
      source.add(frame(i));
      String last = frame(i);
      await(() -> sink.text().endsWith(last) && sink.isFlushed());
    }
  }

  /**
   * The clock is stopped, so a wake-up that is lost is lost for good. Each round gives the thread
   * just about the time to fall asleep: 1. it finds nothing queued 2. a publisher queues and finds
   * it awake 3. it goes to sleep.
   */
  @Test
  void noWakeUpIsLostWhileTheThreadFallsAsleep() {
    Pump pump = pump(1, NEVER, NEVER);
    var written = new AtomicLong();
    var published = new AtomicLong();
    var counting = new CountingSource(published, written);
    PumpStream stream = attach(pump, new FakeSink(), counting);
    for (long i = 1; i <= 50_000; i++) {
      published.set(i);
      stream.wake();
      long round = i;
      await(() -> written.get() == round);
      for (long spin = i % 200; spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
  }

  /** Has been read to the newest number published. */
  private record CountingSource(AtomicLong published, AtomicLong written) implements FrameSource {
    @Override
    public long read(long position, FrameEncoder out) {
      long newest = published.get();
      if (newest > position) {
        out.comment("x");
      }
      return newest;
    }

    @Override
    public void written(long position) {
      written.set(position);
    }
  }

  @Test
  void manyWakeUpsFromManyThreadsAreNotLost() throws Exception {
    Pump pump = pump(2, NEVER, NEVER);
    int streams = 8;
    int publishers = 3;
    int events = 3000;
    List<AtomicLong> published = new ArrayList<>();
    List<AtomicLong> written = new ArrayList<>();
    List<PumpStream> open = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      published.add(new AtomicLong());
      written.add(new AtomicLong());
      open.add(attach(pump, new FakeSink(), new CountingSource(published.get(i), written.get(i))));
    }
    var start = new CountDownLatch(1);
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int p = 0; p < publishers; p++) {
      threads.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                for (int i = 0; i < events; i++) {
                  published.get(i % streams).incrementAndGet();
                  open.get(i % streams).wake();
                }
              },
              work -> new Thread(work, "publisher").start()));
    }
    start.countDown();
    for (CompletableFuture<Void> thread : threads) {
      thread.get(30, SECONDS);
    }
    for (int i = 0; i < streams; i++) {
      long expected = published.get(i).get();
      AtomicLong actual = written.get(i);
      await(() -> actual.get() == expected);
    }
  }

  @Test
  void streamsAreSpreadOverTheThreads() {
    Pump pump = pump(3, NEVER, NEVER);
    Set<Thread> threads = new HashSet<>();
    for (int i = 0; i < 9; i++) {
      var sink = new FakeSink();
      attach(pump, sink, FakeSource.ofOne(frame(i)));
      await(() -> sink.count("flush") == 1);
      threads.add(sink.pumpThread());
    }
    assertEquals(3, threads.size());
    assertTrue(threads.stream().allMatch(Thread::isDaemon));
  }

  @Test
  void aThreadEndsAfterItsLastStreamAndAnotherStartsWithTheNext() throws Exception {
    Pump pump = pump(1, Duration.ofMillis(5), Duration.ofMillis(20));
    var first = new FakeSink();
    PumpStream stream = attach(pump, first, FakeSource.ofOne(frame(1)));
    await(() -> first.count("flush") == 1);
    Thread thread = first.pumpThread();
    stream.endNow(StreamEnd.COMPLETED);
    thread.join(SECONDS.toMillis(30));
    assertFalse(thread.isAlive());
    var second = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(2));
    attach(pump, second, source);
    await(() -> second.text().equals(frame(2)));
    assertNotEquals(thread, second.pumpThread());
    source.add(frame(3)); // and stays as long as it owns one
    await(() -> second.text().equals(frame(2) + frame(3)));
  }

  @Test
  void callbacksRunOnThreadsOfTheirOwn() throws Exception {
    Pump pump = pump(1, NEVER, NEVER);
    var sink = new FakeSink();
    sinks.add(sink);
    var called = new CompletableFuture<Thread>();
    PumpStream stream =
        pump.attach(
            sink,
            FakeSource.ofOne(),
            0,
            StreamOptions.DEFAULTS,
            end -> called.complete(Thread.currentThread()));
    stream.endNow(StreamEnd.COMPLETED);
    assertNotEquals(sink.pumpThread(), called.get(30, SECONDS));
  }

  /** What starts a pump's thread is a request of the application's; neither may leak into it. */
  @Test
  void aPumpThreadHasNothingOfTheThreadThatStartedIt() throws Exception {
    var inherited = new InheritableThreadLocal<String>();
    inherited.set("of the request");
    Pump pump = pump(1, NEVER, NEVER);
    var seen = new CompletableFuture<String>();
    var loader = new CompletableFuture<ClassLoader>();
    Thread.currentThread().setContextClassLoader(new ClassLoader() {});
    try {
      attach(
          pump,
          new FakeSink(),
          (position, out) -> {
            seen.complete(String.valueOf(inherited.get()));
            loader.complete(Thread.currentThread().getContextClassLoader());
            return position;
          });
      assertEquals("null", seen.get(30, SECONDS));
      assertEquals(Pump.class.getClassLoader(), loader.get(30, SECONDS));
    } finally {
      Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
    }
  }

  @Test
  void heartbeatsAndDeadlinesNeedNoWakeUp() throws Exception {
    Pump pump = pump(1, Duration.ofMillis(2), NEVER);
    StreamOptions quick =
        StreamOptions.DEFAULTS
            .withHeartbeat(Duration.ofMillis(3))
            .withWriteDeadline(Duration.ofMillis(10));
    var reading = new FakeSink();
    sinks.add(reading);
    reading.of(pump.attach(reading, FakeSource.ofOne(), 0, quick, end -> {}));
    await(() -> reading.text().startsWith(":\n:\n") && reading.isFlushed());
    var stalled = new FakeSink();
    stalled.stall();
    sinks.add(stalled);
    stalled.of(pump.attach(stalled, FakeSource.ofOne(), 0, quick, ends::add));
    assertEquals(StreamEnd.STALLED, ends.poll(30, SECONDS));
  }

  @Test
  void closingIsBoundedThoughSinksStall() {
    Pump pump = pump(2, Duration.ofMillis(50), NEVER);
    List<FakeSink> stalled = new ArrayList<>();
    List<FakeSink> good = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      var sink = new FakeSink();
      (i % 2 == 0 ? stalled : good).add(sink);
      if (i % 2 == 0) {
        sink.stall();
      }
      attach(pump, sink, FakeSource.ofOne(frame(i)));
    }
    long from = System.nanoTime();
    pump.close();
    long millis = NANOSECONDS.toMillis(System.nanoTime() - from);
    assertTrue(millis < 5000, "closing took " + millis + " ms");
    good.forEach(sink -> assertTrue(sink.text().contains("event: sse.goaway")));
    stalled.forEach(sink -> assertEquals("", sink.text()));
    sinks.forEach(sink -> assertEquals(StreamEnd.SHUTDOWN, sink.end()));
    sinks.forEach(sink -> assertFalse(sink.pumpThread().isAlive()));
  }

  @Test
  void closingAPumpThatWasNeverUsedStartsNoThread() {
    Pump pump = pump(4, NEVER, NEVER);
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    pump.close();
    Set<Thread> after = new HashSet<>(Thread.getAllStackTraces().keySet());
    after.removeAll(before);
    assertTrue(after.stream().noneMatch(thread -> thread.getName().startsWith("sse-")));
  }

  @Test
  void closingEndsAThreadThatWaitsForAnotherStream() throws Exception {
    Pump pump = pump(1, NEVER, NEVER);
    var sink = new FakeSink();
    attach(pump, sink, FakeSource.ofOne()).endNow(StreamEnd.COMPLETED);
    assertNotNull(ends.poll(30, SECONDS));
    pump.close();
    assertFalse(sink.pumpThread().isAlive());
  }

  /** Streams that are attached while the pump closes are refused, or ended like the others. */
  @Test
  void noStreamOutlivesItsPump() throws Exception {
    for (int round = 0; round < 200; round++) {
      Pump pump = pump(2, NEVER, NEVER);
      attach(pump, new FakeSink(), FakeSource.ofOne());
      var attached = new AtomicLong(1);
      CompletableFuture<Void> attaching =
          CompletableFuture.runAsync(
              () -> {
                while (true) {
                  var sink = new FakeSink();
                  try {
                    pump.attach(sink, FakeSource.ofOne(), 0, StreamOptions.DEFAULTS, ends::add);
                    attached.incrementAndGet();
                  } catch (IllegalStateException closed) {
                    return;
                  }
                }
              },
              work -> new Thread(work, "attaching").start());
      pump.close();
      attaching.get(30, SECONDS);
      await(() -> pump.streams() == 0);
      for (long i = attached.get(); i > 0; i--) {
        assertEquals(StreamEnd.SHUTDOWN, ends.poll(30, SECONDS));
      }
    }
  }

  @Test
  void aSlowSourceDoesNotDelayWhoeverAddsToAnother() throws Exception {
    Pump pump = pump(1, NEVER, NEVER);
    var reading = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    attach(
        pump,
        new FakeSink(),
        (position, out) -> {
          reading.countDown();
          try {
            assertTrue(goOn.await(30, SECONDS));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return position;
        });
    assertTrue(reading.await(30, SECONDS));
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(pump, sink, source);
    source.add(frame(1), frame(2)); // returns, though the only pump thread is stuck
    source.add(frame(3));
    goOn.countDown();
    await(() -> sink.text().equals(frame(1) + frame(2) + frame(3)));
    assertThrows(IllegalStateException.class, pump::runPending);
  }
}
