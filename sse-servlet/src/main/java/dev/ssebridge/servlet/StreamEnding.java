package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.StreamEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to hear that a stream has ended, before and after it has.
 *
 * <p>Threading: safe for concurrent use; each listener is called once, outside of the lock.
 */
final class StreamEnding {
  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing is called under it

  @GuardedBy("lock")
  private List<Consumer<StreamEnd>> listeners = new ArrayList<>();

  @GuardedBy("lock")
  private @Nullable StreamEnd end;

  /** Calls back at the end; now, if it has come. */
  void tell(Consumer<StreamEnd> listener) {
    StreamEnd already;
    lock.lock();
    try {
      already = end;
      if (already == null) {
        listeners.add(listener);
      }
    } finally {
      lock.unlock();
    }
    if (already != null) {
      listener.accept(already);
    }
  }

  /** The stream has ended; the first call counts. */
  void ended(StreamEnd why) {
    List<Consumer<StreamEnd>> told;
    lock.lock();
    try {
      if (end != null) {
        return;
      }
      end = why;
      told = listeners;
      listeners = List.of();
    } finally {
      lock.unlock();
    }
    for (Consumer<StreamEnd> listener : told) {
      try {
        listener.accept(why);
      } catch (RuntimeException fault) { // one listener's fault must not hide the end from others
        EventStreams.LOG.log(
            System.Logger.Level.ERROR, "a listener to the end of a stream failed", fault);
      }
    }
  }
}
