package dev.ssebridge.websocket;

import dev.ssebridge.Cursor;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which session a request means, and whether it may. */
final class SessionAccess {
  private SessionAccess() {}

  /** The token of the session that it names, or null. */
  static @Nullable String token(HttpServletRequest request) {
    String header = request.getHeader("Sse-Session");
    return header != null ? header : Handshake.parameter(request.getQueryString(), "sse-session");
  }

  /** The header wins: a browser's is newer than what a page once wrote into the URL. */
  static @Nullable String cursor(HttpServletRequest request) {
    String header = request.getHeader("Last-Event-ID");
    if (header != null && !header.isEmpty()) {
      return header;
    }
    String ours = Handshake.parameter(request.getQueryString(), "sse-cursor");
    if (ours != null) {
      return ours;
    }
    // A polyfill sends only this one; it may also be the endpoint's own.
    String theirs = Handshake.parameter(request.getQueryString(), "lastEventId");
    return theirs != null && isOurs(theirs) ? theirs : null;
  }

  private static boolean isOurs(String text) {
    return Cursor.parse(text).filter(cursor -> SseBridge.isToken(cursor.epoch())).isPresent();
  }

  /**
   * The session of a token, if it is one of this endpoint and the client's; else it is told why
   * not.
   */
  static @Nullable BridgeSession find(
      SseBridge bridge,
      HttpServletRequest request,
      HttpServletResponse response,
      Deployed endpoint,
      String token)
      throws IOException {
    BridgeSession session = bridge.sessions().find(token);
    if (session == null || session.endpoint() != endpoint) {
      Refusal.write(response, HttpServletResponse.SC_GONE, "there is no such session");
      return null;
    }
    if (!isOwner(request, session)) {
      Refusal.write(
          response, HttpServletResponse.SC_FORBIDDEN, "the session is another user's or page's");
      return null;
    }
    return session;
  }

  /** The same user, and a page of our own origin or of the one that opened the session. */
  static boolean isOwner(HttpServletRequest request, BridgeSession session) {
    return isOwner(request, session.handshake().principalName(), session.handshake().origin());
  }

  /** The same for a session that such a user has opened from such a page. */
  static boolean isOwner(
      HttpServletRequest request, @Nullable String principal, @Nullable String openedFrom) {
    var now = request.getUserPrincipal();
    if (!Objects.equals(principal, now == null ? null : now.getName())) {
      return false;
    }
    String origin = Origins.of(request);
    return origin == null || origin.equals(openedFrom) || Origins.isOwn(request, origin);
  }
}
