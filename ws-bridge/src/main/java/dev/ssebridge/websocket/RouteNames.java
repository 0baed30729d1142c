package dev.ssebridge.websocket;

import dev.ssebridge.ChannelSet;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The names of events that one endpoint's messages have had. There only come more, up to {@value
 * #MOST}: clients are told each of them, and a browser must listen to each by name.
 *
 * <p>Threading: safe for concurrent use.
 */
final class RouteNames {
  static final int MOST = 256;

  private final ReentrantLock adding = new ReentrantLock(); // a leaf
  private volatile Set<String> names = Set.of(); // in the order they came; copied to add

  /** Whether messages may have this name, which it then is one of. */
  boolean admit(String name) {
    Set<String> known = names;
    if (known.contains(name)) {
      return true;
    }
    if (known.size() >= MOST || !ChannelSet.isName(name)) {
      return false;
    }
    adding.lock();
    try {
      if (names.size() < MOST) {
        Set<String> more = new LinkedHashSet<>(names);
        more.add(name);
        names = Collections.unmodifiableSet(more);
      }
      return names.contains(name);
    } finally {
      adding.unlock();
    }
  }

  /** All of them, in the order they came. */
  Set<String> all() {
    return names;
  }

  boolean isFull() {
    return names.size() >= MOST;
  }
}
