package dev.ssebridge.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one session to its client, numbered from 1 without a hole, and kept for a while
 * whether they were written or not: written is not received, since megabytes can sit in a kernel
 * when a connection breaks.
 *
 * <p>Bounded by messages and by bytes. Messages that were written once make room for new ones; if
 * those that never were reach the bound by themselves, {@link Append#FULL} says so.
 *
 * <p>Threading: safe for concurrent use. One stream reads at a time; the newest {@link #attach}
 * wins.
 */
final class SessionLog {
  private static final int ID_BYTES = 26; // of an id line at most, without the token

  /** What became of a message. */
  enum Append {
    /** It has its number and will be sent. */
    TAKEN,
    /** The log is full of messages that nobody reads; this one is not in it. */
    FULL,
    /** The log has been closed; this message is not in it. */
    CLOSED
  }

  /** Completes when a message has been written to a stream; fails if the log closes before. */
  private record Awaited(long offset, Consumer<Boolean> done) {}

  private final String token;
  private final BridgeOptions options;
  private final Executor callbacks;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing foreign runs under it
  private final Condition room = lock.newCondition();

  @GuardedBy("lock")
  private @Nullable Frame[] frames =
      new @Nullable Frame[8]; // a ring; offset o stands at o % length

  @GuardedBy("lock")
  private long first = 1; // the oldest offset kept; last + 1 when none is

  @GuardedBy("lock")
  private long last;

  @GuardedBy("lock")
  private long written; // by the current reader

  @GuardedBy("lock")
  private long bytes; // of first..last

  @GuardedBy("lock")
  private long unsentBytes; // of written + 1..last

  @GuardedBy("lock")
  private @Nullable Reader current; // null: detached

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private boolean frozen; // closed without a last message: the session goes on elsewhere

  @GuardedBy("lock")
  private final ArrayDeque<Awaited> awaited = new ArrayDeque<>();

  SessionLog(String token, BridgeOptions options, Executor callbacks) {
    this.token = token;
    this.options = options;
    this.callbacks = callbacks;
  }

  /**
   * Appends a message.
   *
   * @param onWritten told true when a stream has taken it, false if the log closes before; on a
   *     callback thread; null if nobody asks
   */
  Append append(Frame frame, @Nullable Consumer<Boolean> onWritten) {
    lock.lock();
    try {
      if (closed || frozen) {
        return Append.CLOSED;
      }
      makeRoom(frame.length());
      boolean full =
          last - first + 1 >= options.logMessages()
              || (bytes + frame.length() > options.logBytes() && last >= first);
      if (full) {
        return Append.FULL;
      }
      add(frame);
      if (onWritten != null) {
        awaited.add(new Awaited(last, onWritten));
      }
      return Append.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /** Appends the last message. It is taken even when the log is full. */
  boolean close(Frame farewell) {
    List<Awaited> failed;
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      add(farewell);
      closed = true;
      failed = noMore();
    } finally {
      lock.unlock();
    }
    callBack(failed, false);
    return true;
  }

  /**
   * Takes nothing more but {@link #close}'s last message.
   *
   * @return all that is kept, as a stream would send it
   */
  String freeze() {
    List<Awaited> failed;
    FrameEncoder kept;
    lock.lock();
    try {
      frozen = true;
      kept = new FrameEncoder((int) Math.min(bytes + 64, 1 << 20));
      for (long offset = first; offset <= last; offset++) {
        Frame frame = frames[at(offset)];
        if (frame != null) {
          kept.id(token, offset).frame(frame);
        }
      }
      failed = noMore();
    } finally {
      lock.unlock();
    }
    callBack(failed, false);
    return new String(kept.toByteArray(), StandardCharsets.UTF_8);
  }

  /** Nobody waits any longer: neither for room nor, which is returned, for a message's writing. */
  @GuardedBy("lock")
  private List<Awaited> noMore() {
    List<Awaited> failed = List.copyOf(awaited);
    awaited.clear();
    room.signalAll();
    return failed;
  }

  /**
   * Holds what another log held when it was frozen. Before anything else is done with this one.
   *
   * @param offset of the other's last message
   * @param kept the messages up to that
   */
  void thaw(long offset, List<Frame> kept) {
    lock.lock();
    try {
      last = offset - kept.size();
      first = last + 1;
      written = last;
      kept.forEach(this::add);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits while a connected client is behind by more than the bound. A client that is away is not
   * waited for.
   *
   * @return false if the time ran out
   */
  boolean awaitRoom(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (!closed && !frozen && current != null && isBehind()) {
        if (left <= 0) {
          return false;
        }
        left = room.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Half of what the log keeps is enough: many small messages must not fill it either. */
  @GuardedBy("lock")
  private boolean isBehind() {
    return unsentBytes > Math.min(options.maxUnsentBytes(), options.logBytes() / 2)
        || last - written > options.logMessages() / 2;
  }

  /**
   * Begins to read behind an offset, in place of whoever read before.
   *
   * @return the reader, or null if what follows the offset is not all here
   */
  @Nullable Reader attach(long offset) {
    lock.lock();
    try {
      if (offset < first - 1 || offset > last) {
        return null;
      }
      var reader = new Reader();
      current = reader;
      moveTo(offset);
      return reader;
    } finally {
      lock.unlock();
    }
  }

  /** The reader is gone; from now on nobody waits for room. */
  boolean detach(Reader reader) {
    lock.lock();
    try {
      if (current != reader) {
        return false;
      }
      current = null;
      room.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The offset of the newest message; 0 if there was none. */
  long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a client that has seen this offset has seen everything there will ever be. */
  boolean isEnd(long offset) {
    lock.lock();
    try {
      return closed && offset == last;
    } finally {
      lock.unlock();
    }
  }

  private void callBack(List<Awaited> done, boolean success) {
    for (Awaited one : done) {
      callbacks.execute(() -> one.done.accept(success));
    }
  }

  @GuardedBy("lock")
  private void makeRoom(int more) {
    while (first <= written
        && (last - first + 1 >= options.logMessages() || bytes + more > options.logBytes())) {
      int at = at(first);
      Frame oldest = frames[at];
      if (oldest != null) {
        bytes -= oldest.length();
      }
      frames[at] = null;
      first++;
    }
  }

  @GuardedBy("lock")
  private void add(Frame frame) {
    int count = (int) (last - first + 1);
    if (count == frames.length) {
      var grown = new @Nullable Frame[frames.length * 2];
      for (long offset = first; offset <= last; offset++) {
        grown[(int) (offset & (grown.length - 1))] = frames[at(offset)];
      }
      frames = grown;
    }
    last++;
    frames[at(last)] = frame;
    bytes += frame.length();
    unsentBytes += frame.length();
  }

  @GuardedBy("lock")
  private void moveTo(long offset) {
    for (long o = written + 1; o <= offset; o++) {
      unsentBytes -= lengthAt(o);
    }
    for (long o = offset + 1; o <= written; o++) {
      unsentBytes += lengthAt(o);
    }
    written = offset;
    if (!isBehind()) {
      room.signalAll();
    }
  }

  @GuardedBy("lock")
  private int lengthAt(long offset) {
    Frame frame = offset < first ? null : frames[at(offset)];
    return frame == null ? 0 : frame.length();
  }

  @GuardedBy("lock")
  private int at(long offset) {
    return (int) (offset & (frames.length - 1));
  }

  /** One stream's view of the log. */
  final class Reader {
    /**
     * Adds what follows an offset, as much as there is room for.
     *
     * @return the offset behind it
     */
    long read(long position, FrameEncoder out) {
      lock.lock();
      try {
        if (current != this) {
          return position; // a newer stream reads now, and this one is about to be ended
        }
        long at = position;
        while (at < last) {
          Frame frame = frames[at(at + 1)];
          if (frame == null || at + 1 < first) {
            throw new IllegalStateException("offset " + (at + 1) + " has left the log");
          }
          if (!out.hasRoomFor(token.length() + ID_BYTES + frame.length())) {
            break;
          }
          at++;
          out.id(token, at).frame(frame);
        }
        return at;
      } finally {
        lock.unlock();
      }
    }

    /**
     * A stream has taken everything up to an offset. Taken is not received.
     *
     * @param position not below the one before
     */
    void written(long position) {
      List<Awaited> done = List.of();
      lock.lock();
      try {
        if (current != this) {
          return;
        }
        moveTo(position);
        if (!awaited.isEmpty()) {
          done = new ArrayList<>();
          for (Awaited one = awaited.peek();
              one != null && one.offset <= position;
              one = awaited.peek()) {
            done.add(awaited.remove());
          }
        }
      } finally {
        lock.unlock();
      }
      callBack(done, true);
    }

    /** Whether no newer reader has taken its place. */
    boolean isCurrent() {
      lock.lock();
      try {
        return current == this;
      } finally {
        lock.unlock();
      }
    }

    /** Whether there is nothing more to read for this one, ever. */
    boolean isDone(long position) {
      lock.lock();
      try {
        return current != this || (closed && position == last);
      } finally {
        lock.unlock();
      }
    }
  }
}
