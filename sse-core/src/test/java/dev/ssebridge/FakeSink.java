package dev.ssebridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Assertions;

/**
 * A sink that holds its pump to {@link FrameSink}'s contract: it takes bytes only after it said
 * that it is ready, looks that an array stays as it is until it is ready again, wants one thread
 * and one end. What it finds wrong it throws at the pump, and again in {@link #check}, since a pump
 * takes a sink's faults for a stream's end.
 *
 * <p>Threading: safe for concurrent use.
 */
final class FakeSink implements FrameSink {
  private final ReentrantLock lock = new ReentrantLock();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final List<String> calls = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();

  private volatile PumpStream stream;
  private volatile boolean ended;

  private boolean stalled;
  private long room = Long.MAX_VALUE; // bytes it takes before it stalls by itself
  private boolean stallsAtFlush;
  private boolean asked; // said that it is ready, and has not been touched since
  private byte[] held; // still "being sent" from the pump's array
  private int heldFrom;
  private int heldCount;
  private byte[] heldCopy;
  private int unflushed;
  private boolean busy;
  private Thread pumpThread;
  private StreamEnd end;

  private IOException clientGone;
  private RuntimeException fault;
  private String faultAt = "";

  /** Whom to wake; also returns it. */
  PumpStream of(PumpStream ours) {
    stream = ours;
    return ours;
  }

  // What the container does.

  /** Takes nothing more, until {@link #unstall}. */
  void stall() {
    stallAfter(0);
  }

  /** Takes so many bytes (whole writes), then stalls. */
  void stallAfter(long bytes) {
    lock.lock();
    try {
      room = bytes;
      stalled = bytes == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Stalls whenever it is flushed. */
  void stallAtFlush() {
    lock.lock();
    try {
      stallsAtFlush = true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes bytes again, without bound, and wakes the stream. */
  void unstall() {
    unstall(Long.MAX_VALUE);
  }

  /** Takes so many bytes more, and wakes the stream. */
  void unstall(long bytes) {
    lock.lock();
    try {
      stalled = false;
      room = bytes;
      release();
    } finally {
      lock.unlock();
    }
    if (stream != null) {
      stream.wake();
    }
  }

  /** The client is gone: the next write or flush fails. */
  void leave() {
    lock.lock();
    try {
      clientGone = new IOException("the client has gone, on purpose");
    } finally {
      lock.unlock();
    }
  }

  /** Throws at the next call of this name. */
  void failAt(String call, RuntimeException why) {
    lock.lock();
    try {
      fault = why;
      faultAt = call;
    } finally {
      lock.unlock();
    }
  }

  // What has come of it.

  /** What it was given, whether flushed or not. */
  String text() {
    lock.lock();
    try {
      return received.toString(StandardCharsets.UTF_8);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets what it was given so far. */
  String takeText() {
    lock.lock();
    try {
      String text = text();
      received.reset();
      calls.clear();
      return text;
    } finally {
      lock.unlock();
    }
  }

  /** The writes and flushes, for example {@code write 12}. */
  List<String> calls() {
    lock.lock();
    try {
      return List.copyOf(calls);
    } finally {
      lock.unlock();
    }
  }

  long count(String call) {
    return calls().stream().filter(one -> one.startsWith(call)).count();
  }

  boolean isEnded() {
    return ended;
  }

  /** How it ended; null if it has not. */
  StreamEnd end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  /** The thread that called first. */
  Thread pumpThread() {
    lock.lock();
    try {
      return pumpThread;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a client would have everything that was written. */
  boolean isFlushed() {
    lock.lock();
    try {
      return unflushed == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Fails if the pump has broken the contract. */
  void check() {
    lock.lock();
    try {
      requireHeldUnchanged();
      Assertions.assertEquals(List.of(), violations);
    } finally {
      lock.unlock();
    }
  }

  // FrameSink.

  @Override
  public boolean isReady() {
    enter("isReady");
    try {
      asked = !stalled;
      if (asked) {
        release();
      }
      return asked;
    } finally {
      leaveCall();
    }
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    enter("write");
    try {
      require(asked, "written to when not ready");
      require(count >= 1, "nothing to write");
      asked = false;
      failIfClientGone();
      calls.add("write " + count);
      received.write(bytes, from, count);
      unflushed += count;
      held = bytes;
      heldFrom = from;
      heldCount = count;
      heldCopy = Arrays.copyOfRange(bytes, from, from + count);
      room -= count;
      stalled = room <= 0;
    } finally {
      leaveCall();
    }
  }

  @Override
  public void flush() throws IOException {
    enter("flush");
    try {
      require(asked, "flushed when not ready");
      asked = false;
      failIfClientGone();
      calls.add("flush");
      unflushed = 0;
      stalled |= stallsAtFlush;
    } finally {
      leaveCall();
    }
  }

  @Override
  public void end(StreamEnd why) {
    enter("end");
    try {
      end = why;
      calls.add("end " + why);
    } finally {
      leaveCall();
      ended = true;
    }
  }

  private void enter(String call) {
    lock.lock();
    require(!busy, "two calls at once");
    busy = true;
    if (pumpThread == null) {
      pumpThread = Thread.currentThread();
    }
    require(pumpThread == Thread.currentThread(), "called from a second thread");
    require(end == null, call + " after its end");
    if (fault != null && call.equals(faultAt)) {
      RuntimeException thrown = fault;
      fault = null;
      busy = false;
      lock.unlock();
      throw thrown;
    }
  }

  private void leaveCall() {
    busy = false;
    lock.unlock();
  }

  private void failIfClientGone() throws IOException {
    if (clientGone != null) {
      throw clientGone;
    }
  }

  /** The bytes are sent: the array is the pump's again. */
  private void release() {
    requireHeldUnchanged();
    held = null;
  }

  private void requireHeldUnchanged() {
    if (held != null) {
      byte[] now = Arrays.copyOfRange(held, heldFrom, heldFrom + heldCount);
      require(Arrays.equals(heldCopy, now), "bytes have changed before they were sent");
    }
  }

  private void require(boolean kept, String violation) {
    if (!kept) {
      violations.add(violation);
      throw new AssertionError(violation);
    }
  }
}
