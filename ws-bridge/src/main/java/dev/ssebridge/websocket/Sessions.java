package dev.ssebridge.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Cursor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one bridge, by token, until their leases end.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Sessions {
  /** Why there is no room for one more session. */
  enum Full {
    ALL("too many sessions"),
    ENDPOINT("too many sessions of this endpoint"),
    PRINCIPAL("too many sessions of this user"),
    ADDRESS("too many sessions from this address");

    private final String comment;

    Full(String comment) {
      this.comment = comment;
    }

    /** What the client's developer reads in the stream. */
    String comment() {
      return comment;
    }
  }

  /** One of the things that a session counts against. */
  private record Quota(Full kind, Object of, int most) {}

  private final ConcurrentHashMap<String, BridgeSession> byToken = new ConcurrentHashMap<>();
  private final SessionLimits limits;
  private final ReentrantLock lock = new ReentrantLock(); // a leaf

  @GuardedBy("lock")
  private final Map<Quota, Integer> counts = new HashMap<>();

  /** Where the sessions ended that are gone, the oldest first: nobody who saw that comes back. */
  @GuardedBy("lock")
  private final Map<String, Long> ends = new LinkedHashMap<>();

  Sessions(SessionLimits limits) {
    this.limits = limits;
  }

  /** Adds a session, or says why there is no room for it. */
  @Nullable Full add(BridgeSession session) {
    List<Quota> quotas = quotas(session);
    lock.lock();
    try {
      for (Quota quota : quotas) {
        if (counts.getOrDefault(quota, 0) >= quota.most) {
          return quota.kind;
        }
      }
      quotas.forEach(quota -> counts.merge(quota, 1, Integer::sum));
    } finally {
      lock.unlock();
    }
    byToken.put(session.token(), session);
    return null;
  }

  /** Forgets a session, except where it ended if it was closed. */
  void remove(BridgeSession session) {
    long end = session.isOpen() ? -1 : session.end();
    List<Quota> quotas = quotas(session);
    lock.lock();
    try {
      // In one step: 1. a client sees that its session is gone  2. it opens another  3. and is told
      // that this is one too many, since the one that is gone still counts.
      if (!byToken.remove(session.token(), session)) {
        return;
      }
      for (Quota quota : quotas) {
        counts.computeIfPresent(quota, (of, count) -> count == 1 ? null : count - 1);
      }
      if (end >= 0) {
        ends.put(session.token(), end);
        if (ends.size() > limits.all()) {
          var oldest = ends.keySet().iterator();
          oldest.next();
          oldest.remove();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Quota> quotas(BridgeSession session) {
    List<Quota> quotas = new ArrayList<>();
    quotas.add(new Quota(Full.ALL, Full.ALL, limits.all()));
    quotas.add(new Quota(Full.ENDPOINT, session.endpoint(), limits.perEndpoint()));
    String principal = session.handshake().principalName();
    if (principal != null) {
      quotas.add(new Quota(Full.PRINCIPAL, principal, limits.perPrincipal()));
    }
    quotas.add(new Quota(Full.ADDRESS, session.handshake().address(), limits.perAddress()));
    return quotas;
  }

  @Nullable BridgeSession find(String token) {
    return byToken.get(token);
  }

  /** Whether a client that brings this cursor has seen the end of a session that is gone. */
  boolean hasSeenTheEnd(Cursor cursor) {
    lock.lock();
    try {
      Long end = ends.get(cursor.epoch());
      return end != null && end == cursor.offset();
    } finally {
      lock.unlock();
    }
  }

  List<BridgeSession> all() {
    return new ArrayList<>(byToken.values());
  }
}
