package dev.ssebridge.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one bridge, by token, until their leases end.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Sessions {
  private final ConcurrentHashMap<String, BridgeSession> byToken = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger(); // size() of the map is not exact
  private final int most;

  Sessions(int most) {
    this.most = most;
  }

  /** Returns false if there are as many as there may be. */
  boolean add(BridgeSession session) {
    if (count.incrementAndGet() > most) {
      count.decrementAndGet();
      return false;
    }
    byToken.put(session.token(), session);
    return true;
  }

  void remove(BridgeSession session) {
    if (byToken.remove(session.token(), session)) {
      count.decrementAndGet();
    }
  }

  @Nullable BridgeSession find(String token) {
    return byToken.get(token);
  }

  List<BridgeSession> all() {
    return new ArrayList<>(byToken.values());
  }
}
