package dev.ssebridge.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent and its endpoint has not handled yet: each number once, in order, one at a
 * time.
 *
 * <p>Threading: safe for concurrent use. Whichever container thread finds nobody at work does the
 * work; messages run outside the lock.
 */
final class Inbox {
  /** What became of an event from the client. */
  enum Taken {
    /** It will be handled. */
    NEW,
    /** It was taken before: a client that got no answer has sent it again. */
    REPEATED,
    /** An earlier number is missing. */
    HOLE,
    /** A part of one kind of message stands within another message. */
    MIXED,
    /** The endpoint is behind by as much as the bound allows. */
    FULL,
    /** The session takes nothing more. */
    CLOSED,
    /** The session takes nothing more here, but will after the restart. */
    FROZEN
  }

  private static final int BYTES_PER_MESSAGE = 1024; // the mean that the bound in bytes assumes

  private final int maxMessages;
  private final long maxBytes;
  private final Consumer<Upstream> handler;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: the handler runs outside it
  private final Condition room = lock.newCondition();
  private final Condition idle = lock.newCondition();
  private final Condition released = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Upstream> waiting = new ArrayDeque<>();

  @GuardedBy("lock")
  private long waitingBytes;

  @GuardedBy("lock")
  private long received;

  /** The kind of the message of which only parts have come: the class of an event; null if none. */
  @GuardedBy("lock")
  private @Nullable Class<?> partsOf;

  /** What was handled last is a part that others follow. */
  @GuardedBy("lock")
  private boolean withinMessage;

  @GuardedBy("lock")
  private boolean held = true; // until @OnOpen has returned

  @GuardedBy("lock")
  private boolean running;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private boolean frozen;

  Inbox(int maxMessages, Consumer<Upstream> handler) {
    this.maxMessages = maxMessages;
    this.maxBytes = (long) maxMessages * BYTES_PER_MESSAGE;
    this.handler = handler;
  }

  /**
   * Takes one event.
   *
   * @param number the client's, from 1; 0 for the next one
   * @param waitNanos how long to wait for room
   */
  Taken take(long number, Upstream message, long waitNanos) throws InterruptedException {
    long left = waitNanos;
    lock.lockInterruptibly();
    try {
      while (true) {
        if (number != 0 && number <= received) {
          return Taken.REPEATED;
        }
        if (closed) {
          return Taken.CLOSED;
        }
        if (frozen) {
          return Taken.FROZEN;
        }
        if (number > received + 1) {
          return Taken.HOLE;
        }
        if (waiting.isEmpty()
            || (waiting.size() < maxMessages && waitingBytes + message.bytes() <= maxBytes)) {
          break;
        }
        if (left <= 0) {
          return Taken.FULL;
        }
        left = room.awaitNanos(left);
      }
      boolean control = isControl(message);
      if (!control && partsOf != null && partsOf != message.getClass()) {
        return Taken.MIXED;
      }
      received++;
      closed = message instanceof Upstream.Close; // nothing comes behind the client's close
      waiting.add(control ? message : asPart(message));
      waitingBytes += message.bytes();
      return Taken.NEW;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isControl(Upstream message) {
    return !(message instanceof Upstream.Text || message instanceof Upstream.Binary);
  }

  /** After parts, an ordinary event of their kind is the last one. */
  @GuardedBy("lock")
  private Upstream asPart(Upstream message) {
    boolean first = partsOf == null;
    if (message.part() == Upstream.Part.MORE) {
      partsOf = message.getClass();
      return message;
    }
    partsOf = null;
    return first ? message : message.asLast();
  }

  /** The highest number taken. */
  long received() {
    lock.lock();
    try {
      return received;
    } finally {
      lock.unlock();
    }
  }

  /** {@code @OnOpen} has returned: lets messages through, and handles those that have waited. */
  void release() {
    lock.lock();
    try {
      held = false;
      released.signalAll();
    } finally {
      lock.unlock();
    }
    drain();
  }

  /** Waits until {@code @OnOpen} has returned or nothing more is taken, for so long at most. */
  void awaitRelease(long waitNanos) throws InterruptedException {
    long left = waitNanos;
    lock.lockInterruptibly();
    try {
      while (held && !closed && left > 0) {
        left = released.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Handles what is waiting, unless another thread is at it already. */
  void drain() {
    boolean more = true;
    while (more) {
      more = handleNext();
    }
  }

  /** Handles one event; false if none is waiting or another thread is at work. */
  boolean handleNext() {
    Upstream next;
    lock.lock();
    try {
      next = held || running || frozen ? null : waiting.poll();
      if (next == null) {
        return false;
      }
      running = true;
      if (!isControl(next)) {
        withinMessage = next.part() == Upstream.Part.MORE;
      }
      waitingBytes -= next.bytes();
      room.signal();
    } finally {
      lock.unlock();
    }
    try {
      handler.accept(next);
    } finally {
      lock.lock();
      try {
        running = false;
        idle.signalAll();
      } finally {
        lock.unlock();
      }
    }
    return true;
  }

  /**
   * Takes nothing more and handles nothing more, so that this can be done elsewhere.
   *
   * @param waitNanos how long to wait for what is being handled now
   * @return what was taken and not handled, the last of it with the number {@link #received}; null
   *     if that cannot be told elsewhere: a message is half here, or closing, or was not handled in
   *     time
   */
  @Nullable List<Upstream> freeze(long waitNanos) throws InterruptedException {
    long left = waitNanos;
    lock.lockInterruptibly();
    try {
      frozen = true;
      room.signalAll();
      while (running && left > 0) {
        left = idle.awaitNanos(left);
      }
      return running || closed || withinMessage || partsOf != null ? null : List.copyOf(waiting);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Holds what another inbox held when it was frozen. Before anything else is done with this one.
   *
   * @param number the highest that the other had taken
   * @param kept as {@link #freeze} returned it
   */
  void thaw(long number, List<Upstream> kept) {
    lock.lock();
    try {
      received = number;
      waiting.addAll(kept);
      kept.forEach(message -> waitingBytes += message.bytes());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes nothing more. What was taken is still handled, and then this; it needs no room and has no
   * number.
   */
  void closeWith(Upstream.Close last) {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        waiting.add(last);
        room.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes nothing more and forgets what nobody will handle. */
  void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      waitingBytes = 0;
      room.signalAll();
      released.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
