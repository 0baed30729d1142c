package dev.ssebridge.websocket;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The sessions from before the restart whose clients have not come back yet. They wait for as long
 * as a session without a stream does.
 *
 * <p>Threading: safe for concurrent use.
 */
final class SavedSessions {
  private final Map<String, SavedSession> byToken;
  private final Set<String> reviving; // has its own lock
  private final long forgetAt; // nanoTime

  SavedSessions(List<SavedSession> sessions, long forgetAt) {
    byToken =
        new ConcurrentHashMap<>(
            sessions.stream()
                .collect(
                    Collectors.toMap(SavedSession::token, each -> each, (one, other) -> other)));
    reviving = ConcurrentHashMap.newKeySet();
    this.forgetAt = forgetAt;
  }

  /** Whether there is such a session. It is here until it is among the living. */
  @Nullable SavedSession find(String token) {
    return byToken.get(token);
  }

  /** Lets one caller revive a session; false for the others, until it is {@link #done}. */
  boolean claim(String token) {
    return reviving.add(token);
  }

  /** The one that has {@link #claim claimed} it has revived it or has failed. */
  void done(String token, boolean revived) {
    if (revived) {
      byToken.remove(token);
    }
    reviving.remove(token);
  }

  List<SavedSession> all() {
    return List.copyOf(byToken.values());
  }

  /** Looks at the clock. */
  void sweep(long now) {
    if (now - forgetAt > 0) {
      byToken.clear();
    }
  }
}
