package dev.ssebridge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One pump thread and the streams it owns. The thread starts with the first stream and ends when
 * there has been none for a while, so an application that is undeployed leaves no thread behind.
 */
final class PumpWorker {
  /** Bytes to write, and the position after them. */
  static final class Run {
    final byte[] bytes;
    final int length;
    final boolean isFull; // there may be more behind it
    final long to;

    Run(byte[] bytes, int length, boolean isFull, long to) {
      this.bytes = bytes;
      this.length = length;
      this.isFull = isFull;
      this.to = to;
    }
  }

  private record Remembered(Object key, long from, Run run) {}

  private static final int MEMORY_RUNS = 8;
  private static final long MEMORY_BYTES = 1 << 20; // but for a single run that is larger
  private static final int LARGE = 8 * Pump.RUN_BYTES;

  final Pump pump;
  private final String name;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing is called under it
  private final Condition woken = lock.newCondition();

  @GuardedBy("lock")
  private ArrayDeque<PumpTask> inbox = new ArrayDeque<>();

  @GuardedBy("lock")
  private @Nullable Thread thread; // null: not running

  @GuardedBy("lock")
  private boolean sleeping;

  private final AtomicInteger load = new AtomicInteger(); // streams owned, or about to be adopted

  // The worker's thread only, from here on.
  private final ArrayDeque<PumpTask> due = new ArrayDeque<>();
  private final List<PumpStream> streams = new ArrayList<>();

  /** When each of the streams wants a look at the clock; next to each other, as most never do. */
  private long[] looks = new long[16];

  private final List<Remembered> memory = new ArrayList<>(MEMORY_RUNS); // the newest last
  private long memoryBytes;
  private FrameEncoder scratch = newScratch();
  private long now;
  private long nextTick;
  private @Nullable Consumer<PumpStream> closing; // what becomes of streams, once the pump closes

  PumpWorker(Pump pump, String name) {
    this.pump = pump;
    this.name = name;
    this.now = pump.nanoTime();
    this.nextTick = now;
  }

  int load() {
    return load.get();
  }

  /** Counts a stream that {@link #adopt} will bring. */
  void reserve() {
    load.incrementAndGet();
  }

  /** Takes back {@link #reserve}. */
  void release() {
    load.decrementAndGet();
    executeIfAlive(() -> {}); // a thread that ends with its last stream looks again
  }

  /** Takes a stream over; it runs at once. */
  void adopt(PumpStream stream) {
    execute(
        () -> {
          add(stream);
          forgetReads(); // nobody has woken it for what came since an earlier read of this turn
          stream.begin();
          if (closing != null) { // the pump was closed while this stream was on its way
            closing.accept(stream);
          }
        });
  }

  private void add(PumpStream stream) {
    stream.index = streams.size();
    streams.add(stream);
    if (looks.length < streams.size()) {
      looks = Arrays.copyOf(looks, 2 * looks.length);
    }
    looks[stream.index] = now;
  }

  /** Lets a stream look at the clock at the next tick, whatever it wanted before. */
  void lookSoon(PumpStream stream) {
    if (stream.index >= 0) {
      looks[stream.index] = now;
    }
  }

  /** Ends every stream, and those that are still on their way. */
  void close(Consumer<PumpStream> how) {
    executeIfAlive(
        () -> {
          closing = how;
          List.copyOf(streams).forEach(how);
        });
  }

  /** Runs work that means nothing to a worker without streams, so that it starts no thread. */
  private void executeIfAlive(Runnable work) {
    lock.lock();
    try {
      if (thread == null && load.get() == 0) {
        return;
      }
    } finally {
      lock.unlock();
    }
    execute(work);
  }

  void execute(Runnable work) {
    new PumpTask(this) {
      @Override
      void run() {
        work.run();
      }
    }.enqueue();
  }

  void enqueue(PumpTask task) {
    lock.lock();
    try {
      inbox.add(task);
      if (sleeping) {
        sleeping = false;
        woken.signal();
      } else if (thread == null && pump.isThreaded()) {
        thread = Pump.startThread(name, this::loop);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the thread of a closed pump to end. */
  void awaitEnd(long deadline) {
    Thread ending;
    lock.lock();
    try {
      ending = thread;
    } finally {
      lock.unlock();
    }
    if (ending == null || ending == Thread.currentThread()) {
      return;
    }
    try {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      ending.join(Math.max(1, left));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    while (awaitWork()) {
      runDue();
    }
  }

  /** Returns false when the thread should end, because it has owned nothing for a while. */
  private boolean awaitWork() {
    lock.lock();
    try {
      long idleUntil = now + pump.keepAliveNanos();
      while (inbox.isEmpty() && due.isEmpty()) {
        if (pump.isClosed() && load.get() == 0) {
          thread = null;
          return false;
        }
        long deadline = streams.isEmpty() ? idleUntil : nextTick;
        long wait = deadline - pump.nanoTime();
        if (wait <= 0) {
          if (load.get() == 0) {
            thread = null;
            return false;
          }
          break;
        }
        sleeping = true;
        try {
          woken.awaitNanos(wait);
        } catch (InterruptedException ignored) {
          // Nobody owns this thread but us, and streams end by request, not by interruption.
        }
        sleeping = false;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Runs what is queued, once around, and looks at the clock when it is time. */
  void runDue() {
    now = pump.nanoTime();
    lock.lock();
    try {
      due.addAll(inbox);
      inbox.clear();
    } finally {
      lock.unlock();
    }
    // All of them before the first runs: what it reads, the others of this turn may share, so a
    // wake-up from here on is for the next turn even where the task has still to run in this one.
    due.forEach(task -> task.queued.set(false));
    for (int left = due.size(); left > 0; left--) {
      run(due.remove());
    }
    if (now - nextTick >= 0) {
      nextTick = now + pump.tickNanos();
      for (int i = streams.size() - 1; i >= 0; i--) { // backwards: an ended one leaves its place
        if (i < streams.size() && now - looks[i] >= 0) {
          look(streams.get(i));
        }
      }
    }
    forgetReads();
  }

  private void look(PumpStream stream) {
    long next = stream.tick(now);
    if (stream.index >= 0) {
      looks[stream.index] = next;
    }
  }

  /** A stream's faults end the stream; whatever gets here must not end the thread of the others. */
  private static void run(PumpTask task) {
    try {
      task.run();
    } catch (RuntimeException | Error fault) {
      Pump.LOG.log(System.Logger.Level.ERROR, "a task of the pump failed", fault);
    }
  }

  /** Whether something is queued. */
  boolean hasWork() {
    lock.lock();
    try {
      return !inbox.isEmpty() || !due.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Puts a task behind everything else that is queued. */
  void requeue(PumpTask task) {
    if (task.queued.compareAndSet(false, true)) {
      due.add(task);
    }
  }

  /** The time at the beginning of this turn: one look at the clock serves many streams. */
  long now() {
    return now;
  }

  void remove(PumpStream stream) {
    int last = streams.size() - 1;
    if (stream.index >= 0) {
      PumpStream moved = streams.get(last);
      streams.set(stream.index, moved);
      looks[stream.index] = looks[last];
      moved.index = stream.index;
      streams.remove(last);
      stream.index = -1;
    }
    load.decrementAndGet();
  }

  /**
   * Reads from a source. Streams of one channel mostly stand at the same place, so the bytes of a
   * shared read are written to all of them. It holds for the rest of the turn, even if it found
   * nothing: whatever this turn was woken for had been there before it began, and what came since
   * wakes another. In a later turn there may be more than was read.
   */
  Run read(FrameSource source, long from, int maxBytes) {
    Object key = source.sharedKey();
    Run known = key == null ? null : recall(key, from);
    if (known != null) {
      return known;
    }
    if (scratch.array().length > LARGE) { // keep no large buffer for good
      scratch = newScratch();
    }
    scratch.beginRun(maxBytes);
    long to = source.read(from, scratch);
    int length = scratch.length();
    boolean isFull = scratch.isFull();
    if (key == null || source.sharedKey() == null) {
      return new Run(scratch.array(), length, isFull, to);
    }
    byte[] bytes = scratch.array();
    if (length > LARGE) {
      scratch = newScratch();
    } else {
      bytes = scratch.toByteArray();
    }
    var run = new Run(bytes, length, isFull, to);
    remember(new Remembered(key, from, run));
    return run;
  }

  private @Nullable Run recall(Object key, long from) {
    for (int i = memory.size() - 1; i >= 0; i--) {
      Remembered one = memory.get(i);
      if (one.from == from && one.key.equals(key)) {
        return one.run;
      }
    }
    return null;
  }

  private void remember(Remembered one) {
    memoryBytes += one.run.length;
    while (memory.size() == MEMORY_RUNS || (memoryBytes > MEMORY_BYTES && !memory.isEmpty())) {
      memoryBytes -= memory.remove(0).run.length;
    }
    memory.add(one);
  }

  /** Reads that found less than a run holds are made again: there is more now. */
  void forgetShortReads() {
    for (int i = memory.size() - 1; i >= 0; i--) {
      if (!memory.get(i).run.isFull) {
        memoryBytes -= memory.remove(i).run.length;
      }
    }
  }

  private void forgetReads() {
    memory.clear();
    memoryBytes = 0;
  }

  /** The container still reads from these bytes, so they are no longer ours to write to. */
  void giveAway(Run run) {
    if (run.bytes == scratch.array()) {
      scratch = newScratch();
    }
  }

  private static FrameEncoder newScratch() {
    return new FrameEncoder(Pump.RUN_BYTES + 512);
  }
}
