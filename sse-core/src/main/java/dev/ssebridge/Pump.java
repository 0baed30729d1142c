package dev.ssebridge;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * A few threads that write every stream. Each stream belongs to one of them for life, so that a
 * response has one writer and nothing contends; a thread runs its streams in turns and never blocks
 * on a client. Between runs it sends heartbeats, ends streams whose clients stopped reading, and
 * retires old ones.
 *
 * <p>Threads start when the first stream comes and end some seconds after the last has gone; they
 * are daemons. Callbacks run on threads of their own, never on these.
 *
 * <p>Threading: safe for concurrent use.
 */
public final class Pump implements AutoCloseable {
  /**
   * A run has at most this many bytes, but for a single frame that is larger, where its sink says
   * nothing else. It is what Tomcat sends in one piece: a buffer of 8 KiB, less what frames a chunk
   * (RFC 9112 §7.1). A byte more costs another chunk and another system call.
   */
  public static final int RUN_BYTES = 8192 - 16;

  private static final int CLOSE_MILLIS = 1000;

  static final System.Logger LOG = System.getLogger("dev.ssebridge");
  static final byte[] HEARTBEAT_COMMENT = ":\n".getBytes(StandardCharsets.US_ASCII);
  static final byte[] HEARTBEAT_EVENT = new FrameEncoder(32).event("sse.hb", "").toByteArray();

  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

  private final PumpWorker[] workers;
  private final boolean threaded;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Executor callbacks;
  private final long tickNanos;
  private final long keepAliveNanos;
  private volatile boolean closed;

  private Pump(
      int threads,
      boolean threaded,
      LongSupplier nanos,
      RandomGenerator random,
      Executor callbacks,
      Duration tick,
      Duration keepAlive) {
    this.threaded = threaded;
    this.nanos = nanos;
    this.random = random;
    this.callbacks = callbacks;
    this.tickNanos = tick.toNanos();
    this.keepAliveNanos = keepAlive.toNanos();
    workers = new PumpWorker[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = new PumpWorker(this, "sse-pump-" + i);
    }
  }

  /**
   * A pump with threads of its own, one for each processor.
   *
   * @return the pump; nothing runs until a stream is attached
   */
  public static Pump create() {
    return create(Runtime.getRuntime().availableProcessors());
  }

  /**
   * A pump with threads of its own.
   *
   * @param threads how many, at least 1
   * @return the pump; nothing runs until a stream is attached
   */
  public static Pump create(int threads) {
    return create(threads, TICK, KEEP_ALIVE);
  }

  /**
   * A pump of which tests say how often it looks at the clock, and how long its threads wait for
   * another stream.
   */
  static Pump create(int threads, Duration tick, Duration keepAlive) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1: " + threads);
    }
    var callbacks =
        new ThreadPoolExecutor(
            4,
            4,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // a few callbacks per stream, and streams are limited
            work -> daemon("sse-callback", work),
            (work, closed) -> startThread("sse-callback", work)); // an end that outlived the pump
    callbacks.allowCoreThreadTimeOut(true);
    return new Pump(
        threads,
        true,
        System::nanoTime,
        () -> ThreadLocalRandom.current().nextLong(),
        callbacks,
        tick,
        keepAlive);
  }

  /**
   * A pump without threads, for tests: nothing happens but in {@link #runPending}, callbacks
   * included.
   *
   * @param nanos the clock, in nanoseconds
   * @param random the source of jitter
   * @return the pump
   */
  public static Pump manual(LongSupplier nanos, RandomGenerator random) {
    return manual(nanos, random, Runnable::run);
  }

  /** A pump without threads, whose callbacks run when the test says. */
  static Pump manual(LongSupplier nanos, RandomGenerator random, Executor callbacks) {
    return new Pump(1, false, nanos, random, callbacks, TICK, KEEP_ALIVE);
  }

  /**
   * Runs what is due in a manual pump once around: what that leads to is left for the next turn.
   */
  void runTurn() {
    workers[0].runDue();
  }

  /**
   * Runs everything that is due in a {@linkplain #manual manual} pump.
   *
   * @throws IllegalStateException if the pump has threads of its own
   */
  public void runPending() {
    if (threaded) {
      throw new IllegalStateException("this pump has threads of its own");
    }
    do {
      workers[0].runDue();
    } while (workers[0].hasWork());
  }

  /**
   * Starts a stream.
   *
   * @param sink where its bytes go; a pump thread may call it before this returns
   * @param source what it sends
   * @param position where in the source it begins
   * @param options its times
   * @param onEnd told once, on a callback thread, after the sink has ended
   * @return the stream
   * @throws IllegalStateException if the pump is closed
   */
  public PumpStream attach(
      FrameSink sink,
      FrameSource source,
      long position,
      StreamOptions options,
      Consumer<StreamEnd> onEnd) {
    if (closed) {
      throw new IllegalStateException("the pump is closed");
    }
    PumpWorker worker = workers[0];
    for (PumpWorker other : workers) {
      if (other.load() < worker.load()) {
        worker = other;
      }
    }
    worker.reserve();
    if (closed) { // close() has not seen this stream
      worker.release();
      throw new IllegalStateException("the pump is closed");
    }
    long now = nanoTime();
    long lifetime = options.maxLifetime().toNanos();
    long expiresAt = now + lifetime - (long) (lifetime * 0.2 * random.nextDouble());
    var stream = new PumpStream(worker, sink, source, position, options, onEnd, now, expiresAt);
    worker.adopt(stream);
    return stream;
  }

  /**
   * Ends every stream in good order, with {@code sse.goaway} and what was still to be sent before
   * it, and cuts those whose clients do not take it within {@value #CLOSE_MILLIS} ms. Waits for all
   * of that, and for the threads to end, at most twice as long.
   */
  @Override
  public void close() {
    closed = true;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
    endStreams(stream -> stream.goAway(StreamEnd.SHUTDOWN), deadline);
    endStreams(
        stream -> stream.finish(StreamEnd.SHUTDOWN),
        deadline + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS));
    if (callbacks instanceof ExecutorService service) {
      service.shutdown();
    }
  }

  private void endStreams(Consumer<PumpStream> how, long deadline) {
    for (PumpWorker worker : workers) {
      worker.close(how);
    }
    if (threaded) {
      for (PumpWorker worker : workers) {
        worker.awaitEnd(deadline);
      }
    } else {
      runPending();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * How many streams are attached.
   *
   * @return a snapshot
   */
  public int streams() {
    int count = 0;
    for (PumpWorker worker : workers) {
      count += worker.load();
    }
    return count;
  }

  /**
   * Varies a delay, so that clients which are told to wait do not all return together.
   *
   * @param delay the middle
   * @return 80 % to 120 % of it, at random, at least 1 ms
   */
  public Duration jitter(Duration delay) {
    long millis = (long) (delay.toMillis() * (0.8 + 0.4 * random.nextDouble()));
    return Duration.ofMillis(Math.max(1, Math.min(millis, Integer.MAX_VALUE)));
  }

  boolean isThreaded() {
    return threaded;
  }

  long nanoTime() {
    return nanos.getAsLong();
  }

  long tickNanos() {
    return tickNanos;
  }

  long keepAliveNanos() {
    return keepAliveNanos;
  }

  void callBack(Runnable work) {
    callbacks.execute(
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error fault) {
            LOG.log(System.Logger.Level.ERROR, "a callback of the application failed", fault);
          }
        });
  }

  static Thread startThread(String name, Runnable work) {
    Thread thread = daemon(name, work);
    thread.start();
    return thread;
  }

  private static Thread daemon(String name, Runnable work) {
    // Nothing of whoever happens to start it: neither thread locals nor a class loader.
    var thread = new Thread(null, work, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(Pump.class.getClassLoader());
    return thread;
  }
}
