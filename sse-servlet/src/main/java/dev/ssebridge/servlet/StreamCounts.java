package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How many streams are open, in all, by owner and by address.
 *
 * <p>Threading: safe for concurrent use.
 */
final class StreamCounts {
  private final StreamLimits limits;
  private final ReentrantLock lock = new ReentrantLock(); // a leaf

  @GuardedBy("lock")
  private int all;

  @GuardedBy("lock")
  private final Map<String, Integer> owners = new HashMap<>(); // no entry is 0

  @GuardedBy("lock")
  private final Map<String, Integer> addresses = new HashMap<>(); // no entry is 0

  StreamCounts(StreamLimits limits) {
    this.limits = limits;
  }

  /**
   * Counts a stream in, if there is room for it.
   *
   * @return false if it has to be refused
   */
  boolean enter(@Nullable String owner, String address) {
    lock.lock();
    try {
      if (all >= limits.streams()
          || addresses.getOrDefault(address, 0) >= limits.streamsPerAddress()
          || (owner != null && owners.getOrDefault(owner, 0) >= limits.streamsPerOwner())) {
        return false;
      }
      all++;
      addresses.merge(address, 1, Integer::sum);
      if (owner != null) {
        owners.merge(owner, 1, Integer::sum);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Counts a stream out. */
  void leave(@Nullable String owner, String address) {
    lock.lock();
    try {
      all--;
      addresses.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
      if (owner != null) {
        owners.computeIfPresent(owner, (key, count) -> count == 1 ? null : count - 1);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many streams are counted in. */
  int all() {
    lock.lock();
    try {
      return all;
    } finally {
      lock.unlock();
    }
  }
}
