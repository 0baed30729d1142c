package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Pump;
import dev.ssebridge.StreamEnd;
import jakarta.servlet.ServletContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of one web application, and the pump of those that follow no hub. Made by {@link
 * EventStreamInitializer} where the container finds it, which then ends the streams when the
 * application stops; made by the first stream elsewhere, and then closed by whoever stops the
 * application: {@code EventStreams.of(servletContext).close()}.
 *
 * <p>Threading: safe for concurrent use.
 */
public final class EventStreams implements AutoCloseable {
  static final System.Logger LOG = System.getLogger("dev.ssebridge.servlet");

  private static final String ATTRIBUTE = EventStreams.class.getName();
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(1);
  private static final ReentrantLock MAKING = new ReentrantLock(); // held to make one of these

  private final Pump pump;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: no stream is called under it
  private final Condition removed = lock.newCondition();

  @GuardedBy("lock")
  private final Set<EventStream> open = new LinkedHashSet<>(); // one for each open response

  private volatile boolean draining;

  EventStreams(Pump pump) {
    this.pump = pump;
  }

  /**
   * The streams of a web application.
   *
   * @param context the application
   * @return the same object for the same application
   */
  public static EventStreams of(ServletContext context) {
    EventStreams found = find(context);
    if (found != null) {
      return found;
    }
    MAKING.lock();
    try {
      found = find(context);
      if (found == null) {
        found = new EventStreams(Pump.create()); // no thread runs before the first stream
        context.setAttribute(ATTRIBUTE, found);
      }
      return found;
    } finally {
      MAKING.unlock();
    }
  }

  static @Nullable EventStreams find(ServletContext context) {
    return context.getAttribute(ATTRIBUTE) instanceof EventStreams streams ? streams : null;
  }

  /**
   * How many are open.
   *
   * @return a snapshot
   */
  public int count() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether new streams are refused, softly, because the application is about to stop.
   *
   * @return true after {@link #drain} or {@link #close}
   */
  public boolean isDraining() {
    return draining;
  }

  /**
   * Ends every stream in good order and refuses new ones: each client is sent what is still to be
   * sent, then {@code sse.goaway} and a jittered {@code retry:}, and comes back elsewhere, or here
   * after the restart. Refused requests are told the same, so that no {@code EventSource} gives up.
   * To be called before the server stops taking requests; {@link #close} calls it too.
   *
   * @param grace how long to wait for slow clients; those that take longer are cut
   */
  public void drain(Duration grace) {
    draining = true;
    List<EventStream> ending = snapshot();
    ending.forEach(stream -> stream.goAway(StreamEnd.SHUTDOWN));
    if (!awaitNone(grace)) {
      snapshot().forEach(stream -> stream.endNow(StreamEnd.SHUTDOWN));
    }
  }

  /** Drains within a second, then ends the pump. */
  @Override
  public void close() {
    drain(CLOSE_GRACE);
    pump.close();
  }

  private List<EventStream> snapshot() {
    lock.lock();
    try {
      return List.copyOf(open);
    } finally {
      lock.unlock();
    }
  }

  /** Returns false if some are still open when the time is over. */
  private boolean awaitNone(Duration grace) {
    long left = grace.toNanos();
    lock.lock();
    try {
      while (!open.isEmpty()) {
        if (left <= 0) {
          return false;
        }
        left = removed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  Pump pump() {
    return pump;
  }

  /** Counts a stream in until it ends. */
  void add(EventStream stream) {
    lock.lock();
    try {
      open.add(stream);
    } finally {
      lock.unlock();
    }
    stream.onEnd(why -> remove(stream));
    if (draining) { // since we looked
      stream.goAway(StreamEnd.SHUTDOWN);
    }
  }

  private void remove(EventStream stream) {
    lock.lock();
    try {
      open.remove(stream);
      removed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
