package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.FrameSource;
import dev.ssebridge.PumpStream;
import dev.ssebridge.SseEvent;
import dev.ssebridge.Subscription;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What an application's stream sends: events that were sent to it alone, from a bounded buffer, and
 * those of the channels it follows, if it follows any, from the hub's log.
 *
 * <p>Threading: {@link #offer}, {@link #close} and {@link #unsentBytes} from any thread; the rest
 * is the pump's.
 */
final class StreamSource implements FrameSource {
  /** What became of an event. */
  enum Offer {
    TAKEN,
    /** It does not fit while the client is behind. */
    FULL,
    /** Nothing is taken any more. */
    CLOSED
  }

  private record Direct(@Nullable String id, Frame frame) {
    int length() {
      return frame.length() + (id == null ? 0 : id.length() + 5); // "id: " and the line end
    }
  }

  private final @Nullable Subscription subscription;
  private final int maxUnsentBytes;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing is called under it

  @GuardedBy("lock")
  private final ArrayDeque<Direct> direct = new ArrayDeque<>(); // many producers, the pump consumes

  private volatile int unsent; // bytes in the queue; written under the lock

  @GuardedBy("lock")
  private boolean closed;

  private boolean directRead; // the pump's: the last read held what is this stream's alone

  /**
   * A source.
   *
   * @param subscription what it follows; null: only what is sent to it
   */
  StreamSource(@Nullable Subscription subscription, int maxUnsentBytes) {
    this.subscription = subscription;
    this.maxUnsentBytes = maxUnsentBytes;
  }

  @Nullable Subscription subscription() {
    return subscription;
  }

  /**
   * Adds an event behind those that wait. Encodes it here, on the producer's thread.
   *
   * @throws IllegalArgumentException if it could not be sent even to a client that reads
   */
  Offer offer(SseEvent event) {
    var next = new Direct(checked(event).id(), FrameEncoder.frame(event, null));
    int length = next.length();
    if (length > maxUnsentBytes) {
      throw new IllegalArgumentException(
          "an event of "
              + length
              + " bytes is larger than the stream's buffer of "
              + maxUnsentBytes
              + " (EventStreamOptions.maxUnsentBytes)");
    }
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      int all = unsent + length;
      if (all > maxUnsentBytes) {
        return Offer.FULL;
      }
      direct.add(next);
      unsent = all;
      return Offer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  private SseEvent checked(SseEvent event) {
    String type = event.type();
    if (type != null && (type.startsWith("sse.") || type.startsWith("ws."))) {
      throw new IllegalArgumentException("event type is reserved: " + type);
    }
    if (event.id() != null && subscription != null) {
      throw new IllegalArgumentException(
          "an event sent directly to a stream that follows channels has no id: the client's place"
              + " in the channels is its last id");
    }
    return event;
  }

  /** Takes nothing more; what waits is still sent. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  int unsentBytes() {
    return unsent;
  }

  @Override
  public void attached(PumpStream stream) {
    if (subscription != null) {
      subscription.attached(stream);
    }
  }

  @Override
  public long read(long position, FrameEncoder out) {
    directRead = unsent > 0 && readDirect(out); // what is offered after this look brings a wake-up
    return subscription != null && !out.isFull() ? subscription.read(position, out) : position;
  }

  /** Returns whether there was something. */
  private boolean readDirect(FrameEncoder out) {
    lock.lock();
    try {
      int left = unsent;
      for (Direct next = direct.peek(); next != null; next = direct.peek()) {
        if (!out.hasRoomFor(next.length())) {
          break;
        }
        if (next.id() != null) {
          out.id(next.id());
        }
        out.frame(next.frame());
        direct.remove();
        left -= next.length();
      }
      boolean any = left < unsent;
      unsent = left;
      return any;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void ended() {
    lock.lock();
    try {
      closed = true;
      direct.clear();
      unsent = 0;
    } finally {
      lock.unlock();
    }
    if (subscription != null) {
      subscription.ended();
    }
  }

  @Override
  public @Nullable Object sharedKey() {
    if (subscription == null || directRead || unsent > 0) {
      return null;
    }
    return subscription.sharedKey();
  }
}
