package dev.ssebridge;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One stream as its pump sees it: a source, a place in it, and a sink. Made by {@link Pump#attach}.
 *
 * <p>Threading: the public methods are safe from any thread and never block; everything else is the
 * worker's.
 */
public final class PumpStream extends PumpTask {
  /**
   * A requested end. {@code farewell} is written after everything that was readable; null: at once.
   */
  private static final class Ending {
    final StreamEnd why;
    final byte @Nullable [] farewell;

    Ending(StreamEnd why, byte @Nullable [] farewell) {
      this.why = why;
      this.farewell = farewell;
    }
  }

  /** When to go away at the latest, by the pump's clock, and why. */
  private record Deadline(long at, StreamEnd why) {}

  private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

  private final AtomicReference<@Nullable Ending> requested = new AtomicReference<>();
  private volatile boolean ended;
  private volatile @Nullable Deadline deadline; // null: only the maximum lifetime counts

  // The worker's thread only, from here on.
  final FrameSink sink;
  final FrameSource source;
  final StreamOptions options;
  private final Consumer<StreamEnd> onEnd;
  private final long expiresAt;
  private long position;
  private boolean unflushed;
  private @Nullable StreamEnd draining; // everything is written; ends when the sink is ready again
  private long lastWrite;
  private boolean blocked; // the sink was not ready when last asked
  private long blockedSince;
  int index = -1; // in the worker's list

  PumpStream(
      PumpWorker worker,
      FrameSink sink,
      FrameSource source,
      long position,
      StreamOptions options,
      Consumer<StreamEnd> onEnd,
      long now,
      long expiresAt) {
    super(worker);
    this.sink = sink;
    this.source = source;
    this.position = position;
    this.options = options;
    this.onEnd = onEnd;
    this.lastWrite = now;
    this.expiresAt = expiresAt;
  }

  /** Says that the source has more, or that the sink can take more. Idempotent and cheap. */
  public void wake() {
    enqueue();
  }

  /**
   * Ends the stream without another byte. The first end requested counts, except that this
   * overtakes one that is still writing.
   *
   * @param why the reason
   */
  public void endNow(StreamEnd why) {
    requested.set(new Ending(why, null));
    wake();
  }

  /**
   * Ends the stream after everything that can be read now, and then these last bytes, have been
   * written; or at the write deadline, if the client does not take them.
   *
   * @param why the reason
   * @param farewell whole lines of an event stream, may be empty
   */
  public void endAfterDrain(StreamEnd why, byte[] farewell) {
    if (requested.compareAndSet(null, new Ending(why, farewell))) {
      wake();
    }
  }

  /**
   * Ends the stream in good order: everything that can be read now, then {@code sse.goaway} with a
   * jittered {@code retry:}.
   *
   * @param why a reason after which the client returns
   */
  public void goAway(StreamEnd why) {
    var bytes = new FrameEncoder(96);
    bytes.retry(worker.pump.jitter(options.retry()).toMillis());
    bytes.event(
        "sse.goaway", "{\"reason\":\"" + why.name().toLowerCase(java.util.Locale.ROOT) + "\"}");
    endAfterDrain(why, bytes.toByteArray());
  }

  /**
   * Ends the stream in good order, as {@link #goAway} does, when some time has passed. The last
   * call counts, so what a deadline came from, such as a token, can be renewed under an open
   * stream. The maximum lifetime ends the stream all the same.
   *
   * @param delay from now; looked at every 250 ms
   * @param why a reason after which the client returns
   */
  public void goAwayAfter(Duration delay, StreamEnd why) {
    Duration bounded = delay.isNegative() ? Duration.ZERO : delay;
    if (bounded.compareTo(LONGEST) > 0) {
      bounded = LONGEST;
    }
    deadline = new Deadline(worker.pump.nanoTime() + bounded.toNanos(), why);
  }

  /**
   * Whether it has ended.
   *
   * @return true once the sink has been told
   */
  public boolean isEnded() {
    return ended;
  }

  /** The first turn. */
  void begin() {
    try {
      source.attached(this);
    } catch (RuntimeException | Error fault) {
      Pump.LOG.log(System.Logger.Level.ERROR, "a stream's source failed", fault);
      finish(StreamEnd.FAILED);
    }
    run();
  }

  @Override
  void run() {
    if (ended) {
      return;
    }
    try {
      step();
    } catch (java.io.IOException clientGone) { // expected: the peer left; replay covers it
      finish(StreamEnd.CLIENT_GONE);
    } catch (RuntimeException | Error fault) {
      Pump.LOG.log(System.Logger.Level.ERROR, "a stream's source or sink failed", fault);
      finish(StreamEnd.FAILED);
    }
  }

  /** At most one run of bytes, so that streams take turns and those at one place share the read. */
  private void step() throws java.io.IOException {
    Ending ending = requested.get();
    if (ending != null && ending.farewell == null) {
      finish(ending.why);
      return;
    }
    if (!isReady()) {
      return;
    }
    if (draining == null && readAndWrite()) {
      return;
    }
    if (unflushed) {
      unflushed = false;
      sink.flush();
      if (!isReady()) {
        return; // an end waits until the container has sent what it took
      }
    }
    if (draining != null) {
      finish(draining);
    } else if (ending != null) {
      draining = ending.why;
      if (ending.farewell != null && ending.farewell.length > 0) {
        write(ending.farewell, ending.farewell.length);
      }
      wake();
    } else if (source.isExhausted(position)) {
      finish(StreamEnd.COMPLETED);
    }
  }

  /** Returns whether this pass is over: the sink is full, or there is more to read after others. */
  private boolean readAndWrite() throws java.io.IOException {
    PumpWorker.Run run = worker.read(source, position);
    position = run.to;
    if (run.length == 0) {
      return false;
    }
    write(run.bytes, run.length);
    source.written(position);
    if (!isReady()) {
      worker.giveAway(run);
      return true;
    }
    if (run.length >= Pump.RUN_BYTES / 2) {
      worker.requeue(this);
      return true;
    }
    return false;
  }

  private void write(byte[] bytes, int count) throws java.io.IOException {
    sink.write(bytes, 0, count);
    unflushed = true;
    lastWrite = worker.now();
  }

  private boolean isReady() {
    boolean ready = sink.isReady();
    if (!ready && !blocked) {
      blockedSince = worker.now();
    }
    blocked = !ready;
    return ready;
  }

  /** Looks at the clock, on the worker's thread. */
  void tick(long now) {
    if (ended) {
      return;
    }
    Deadline until = deadline;
    if (blocked && now - blockedSince >= options.writeDeadline().toNanos()) {
      finish(StreamEnd.STALLED);
    } else if (until != null && now - until.at >= 0 && requested.get() == null) {
      goAway(until.why);
    } else if (now - expiresAt >= 0 && requested.get() == null) {
      goAway(StreamEnd.LIFETIME);
    } else if (!blocked && now - lastWrite >= options.heartbeat().toNanos()) {
      heartbeat();
    }
  }

  private void heartbeat() {
    try {
      if (isReady()) {
        byte[] bytes = options.heartbeatEvent() ? Pump.HEARTBEAT_EVENT : Pump.HEARTBEAT_COMMENT;
        write(bytes, bytes.length);
        wake(); // flushes
      }
    } catch (java.io.IOException clientGone) {
      finish(StreamEnd.CLIENT_GONE);
    }
  }

  void finish(StreamEnd why) {
    ended = true;
    worker.remove(this);
    source.ended();
    sink.end(why);
    worker.pump.callBack(() -> onEnd.accept(why));
  }
}
