package dev.ssebridge;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
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
  private boolean attached;
  private long position;
  private boolean unflushed;
  private boolean ending; // an end after the drain has been asked for, and was seen at endingSince
  private long endingSince;
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
    if (!ended) {
      enqueue();
    }
  }

  /**
   * Ends the stream without another byte. The first end that is asked for counts, except that this
   * overtakes one that is still writing.
   *
   * @param why the reason
   */
  public void endNow(StreamEnd why) {
    requested.updateAndGet(
        first -> first != null && first.farewell == null ? first : new Ending(why, null));
    wake();
  }

  /**
   * Ends the stream after everything that can be read now, and then these last bytes, have been
   * written. Bounded by the write deadline: a client that does not take them loses the stream, and
   * a source that always has more is cut short.
   *
   * @param why the reason
   * @param farewell whole lines of an event stream, may be empty
   */
  public void endAfterDrain(StreamEnd why, byte[] farewell) {
    if (requested.compareAndSet(null, new Ending(why, farewell.clone()))) {
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
    bytes.event("sse.goaway", "{\"reason\":\"" + why.name().toLowerCase(Locale.ROOT) + "\"}");
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
    execute(() -> worker.lookSoon(this));
  }

  /**
   * Whether it has ended.
   *
   * @return true from the moment its end is decided; the sink is told right after
   */
  public boolean isEnded() {
    return ended;
  }

  /** Runs work of the source on the worker's thread, unless the stream has ended. */
  void execute(Runnable work) {
    if (!ended) {
      worker.execute(() -> guard(work::run));
    }
  }

  /** The first turn. */
  void begin() {
    guard(
        () -> {
          source.attached(this);
          attached = true;
        });
    run();
  }

  @Override
  void run() {
    guard(this::step);
  }

  /** A part of the stream's work. */
  private interface Step {
    void run() throws IOException;
  }

  /** What fails here ends this stream, and no other. */
  private void guard(Step step) {
    if (ended) {
      return;
    }
    try {
      step.run();
    } catch (IOException clientGone) { // expected: the peer left; replay covers it
      finish(StreamEnd.CLIENT_GONE);
    } catch (RuntimeException | Error fault) {
      logFault(fault);
      finish(StreamEnd.FAILED);
    }
  }

  private static void logFault(Throwable fault) {
    Pump.LOG.log(System.Logger.Level.ERROR, "a stream's source or sink failed", fault);
  }

  /** At most one run of bytes, so that streams take turns and those at one place share the read. */
  private void step() throws IOException {
    Ending asked = requested.get();
    if (asked != null && asked.farewell == null) {
      finish(asked.why);
      return;
    }
    if (asked != null && !ending) {
      ending = true;
      endingSince = worker.now();
    }
    if (!isReady()) {
      return;
    }
    if (draining == null && !isOverdue() && readAndWrite()) {
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
    } else if (asked != null) {
      draining = asked.why;
      if (asked.farewell != null && asked.farewell.length > 0) {
        write(asked.farewell, asked.farewell.length);
      }
      wake();
    } else if (source.isExhausted(position)) {
      finish(StreamEnd.COMPLETED);
    }
  }

  private boolean isOverdue() {
    return ending && worker.now() - endingSince >= options.writeDeadline().toNanos();
  }

  /** Returns whether this pass is over: the sink is full, or there is more to read after others. */
  private boolean readAndWrite() throws IOException {
    PumpWorker.Run run = worker.read(source, position, sink.runBytes());
    position = run.to;
    if (run.length == 0) {
      return false;
    }
    boolean ready = false;
    try {
      unflushed = true;
      lastWrite = worker.now();
      FrameSink.Sent sent = sink.send(run.bytes, 0, run.length, !run.isFull);
      ready = noted(sent == FrameSink.Sent.READY);
      unflushed = run.isFull || sent == FrameSink.Sent.UNFLUSHED;
    } finally {
      if (!ready) {
        worker.giveAway(run);
      }
    }
    source.written(position);
    if (ready && !run.isFull) {
      return false;
    }
    if (ready) {
      worker.requeue(this);
    }
    return true;
  }

  private void write(byte[] bytes, int count) throws IOException {
    sink.write(bytes, 0, count);
    unflushed = true;
    lastWrite = worker.now();
  }

  private boolean isReady() {
    return noted(sink.isReady());
  }

  /** Since when the sink takes nothing. */
  private boolean noted(boolean ready) {
    if (!ready && !blocked) {
      blockedSince = worker.now();
      worker.lookSoon(this);
    }
    blocked = !ready;
    return ready;
  }

  /**
   * Looks at the clock, on the worker's thread.
   *
   * @return when it wants to be asked again, unless it {@linkplain PumpWorker#lookSoon says} more
   */
  long tick(long now) {
    guard(() -> look(now));
    if (blocked) {
      return now;
    }
    long left = Math.min(lastWrite + options.heartbeat().toNanos() - now, expiresAt - now);
    Deadline until = deadline;
    if (until != null) {
      left = Math.min(left, until.at - now);
    }
    return now + Math.max(0, left);
  }

  private void look(long now) throws IOException {
    Deadline until = deadline;
    if (blocked && now - blockedSince >= options.writeDeadline().toNanos()) {
      finish(StreamEnd.STALLED);
    } else if (until != null && now - until.at >= 0 && requested.get() == null) {
      goAway(until.why);
    } else if (now - expiresAt >= 0 && requested.get() == null) {
      goAway(StreamEnd.LIFETIME);
    } else if (!blocked && now - lastWrite >= options.heartbeat().toNanos() && isReady()) {
      byte[] bytes = options.heartbeatEvent() ? Pump.HEARTBEAT_EVENT : Pump.HEARTBEAT_COMMENT;
      unflushed = true;
      lastWrite = now;
      FrameSink.Sent sent = sink.send(bytes, 0, bytes.length, true);
      noted(sent == FrameSink.Sent.READY);
      unflushed = sent == FrameSink.Sent.UNFLUSHED;
    }
  }

  /** Ends it, once: whatever the source and the sink think of that. */
  void finish(StreamEnd why) {
    if (ended) {
      return;
    }
    ended = true;
    worker.remove(this);
    try {
      if (attached) {
        source.ended();
      }
    } catch (RuntimeException | Error fault) {
      logFault(fault);
    }
    try {
      sink.end(why);
    } catch (RuntimeException | Error fault) {
      logFault(fault);
    }
    worker.pump.callBack(() -> onEnd.accept(why));
  }
}
