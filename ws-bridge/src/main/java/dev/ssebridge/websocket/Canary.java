package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.zip.CRC32;

/**
 * Which users get SSE where their client leaves the choice to the server. The same user gets the
 * same answer on every node, and one who gets SSE keeps it while the share grows.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Canary {
  private volatile int percent = 100;

  /** Takes effect with the next request. */
  void percent(int value) {
    percent = checked(value);
  }

  static int checked(int percent) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("ssePercent must be from 0 to 100: " + percent);
    }
    return percent;
  }

  boolean picks(HttpServletRequest request) {
    var sum = new CRC32(); // of no secret, and the same on every machine
    sum.update(user(request).getBytes(StandardCharsets.UTF_8));
    return sum.getValue() % 100 < percent;
  }

  /** Who asks, as well as the request tells. */
  private static String user(HttpServletRequest request) {
    Principal principal = request.getUserPrincipal();
    if (principal != null) {
      return principal.getName();
    }
    String session = request.isRequestedSessionIdValid() ? request.getRequestedSessionId() : null;
    return session != null
        ? session
        : request.getRemoteAddr() + ' ' + request.getHeader("User-Agent");
  }
}
