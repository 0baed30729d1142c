package dev.ssebridge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
    final long to;

    Run(byte[] bytes, int length, long to) {
      this.bytes = bytes;
      this.length = length;
      this.to = to;
    }
  }

  private record Remembered(Object key, long from, Run run) {}

  private static final long KEEP_ALIVE = TimeUnit.SECONDS.toNanos(5);
  private static final int MEMORY = 8;
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
  private final @Nullable Remembered[] memory = new @Nullable Remembered[MEMORY];
  private int nextMemory;
  private FrameEncoder scratch = new FrameEncoder(Pump.RUN_BYTES + 512);
  private long now;
  private long nextTick;

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

  /** Takes a stream over; it runs at once. */
  void adopt(PumpStream stream) {
    execute(
        () -> {
          stream.index = streams.size();
          streams.add(stream);
          stream.begin();
        });
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
        thread = pump.startThread(name, this::loop);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Begins the end: every stream says goodbye. Worker thread only. */
  void goAway() {
    for (PumpStream stream : List.copyOf(streams)) {
      stream.goAway(StreamEnd.SHUTDOWN);
    }
  }

  /** Ends what has not ended by itself. Worker thread only. */
  void cut() {
    for (PumpStream stream : List.copyOf(streams)) {
      stream.finish(StreamEnd.SHUTDOWN);
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
    try {
      while (awaitWork()) {
        runDue();
      }
    } catch (RuntimeException | Error fault) { // a task's own faults end its stream, not this loop
      Pump.LOG.log(System.Logger.Level.ERROR, "pump thread failed", fault);
      throw fault;
    }
  }

  /** Returns false when the thread should end, because it has owned nothing for a while. */
  private boolean awaitWork() {
    lock.lock();
    try {
      long idleUntil = now + KEEP_ALIVE;
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
            java.util.Arrays.fill(memory, null);
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

  /**
   * Runs what is queued, once around, and looks at the clock when it is time. Returns what it ran.
   */
  int runDue() {
    now = pump.nanoTime();
    lock.lock();
    try {
      due.addAll(inbox);
      inbox.clear();
    } finally {
      lock.unlock();
    }
    int ran = 0;
    for (int left = due.size(); left > 0; left--) {
      PumpTask task = due.remove();
      task.queued.set(false);
      task.run();
      ran++;
    }
    if (now - nextTick >= 0) {
      nextTick = now + pump.tickNanos();
      for (int i = streams.size() - 1; i >= 0; i--) { // backwards: an ended one leaves its place
        if (i < streams.size()) {
          streams.get(i).tick(now);
        }
      }
      if (ran == 0) {
        java.util.Arrays.fill(memory, null);
      }
    }
    return ran;
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
      moved.index = stream.index;
      streams.remove(last);
      stream.index = -1;
    }
    load.decrementAndGet();
  }

  /**
   * Reads from a source. Streams of one channel mostly stand at the same place, so the bytes of the
   * last few shared reads are kept and written to all of them.
   */
  Run read(FrameSource source, long from) {
    Object key = source.sharedKey();
    if (key != null) {
      for (Remembered one : memory) {
        if (one != null && one.from == from && one.key.equals(key)) {
          return one.run;
        }
      }
    }
    scratch.clear();
    long to = source.read(from, scratch);
    if (scratch.length() > LARGE) {
      var run = new Run(scratch.array(), scratch.length(), to);
      scratch = new FrameEncoder(Pump.RUN_BYTES + 512); // keep no thread's buffer large for good
      return run;
    }
    if (key == null || scratch.length() == 0 || source.sharedKey() == null) {
      return new Run(scratch.array(), scratch.length(), to);
    }
    var run = new Run(scratch.toByteArray(), scratch.length(), to);
    memory[nextMemory] = new Remembered(key, from, run);
    nextMemory = (nextMemory + 1) % MEMORY;
    return run;
  }

  /** The container still reads from these bytes, so they are no longer ours to write to. */
  void giveAway(Run run) {
    if (run.bytes == scratch.array()) {
      scratch = new FrameEncoder(Pump.RUN_BYTES + 512);
    }
  }
}
