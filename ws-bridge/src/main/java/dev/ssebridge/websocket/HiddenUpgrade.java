package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade on its way through the application's filters, which the container's own WebSocket must
 * not take before it is with us again: until then the request seems to have no {@code Upgrade}.
 *
 * <p>Threading: that of the request.
 */
final class HiddenUpgrade extends HttpServletRequestWrapper {
  private static final String UPGRADE = "Upgrade";

  private final PathTable.Match<Deployed> match;
  private boolean hidden = true;

  HiddenUpgrade(HttpServletRequest request, PathTable.Match<Deployed> match) {
    super(request);
    this.match = match;
    request.setAttribute(HiddenUpgrade.class.getName(), this);
  }

  /** Whether a request asks for WebSocket rightly; if not, the container tells it why not. */
  static boolean isUpgrade(HttpServletRequest request) {
    if (!request.getMethod().equals("GET")
        || request.getHeader("Sec-WebSocket-Key") == null
        || !"13".equals(request.getHeader("Sec-WebSocket-Version"))) { // RFC 6455 §4.2.1
      return false;
    }
    Enumeration<String> headers = request.getHeaders(UPGRADE);
    while (headers != null && headers.hasMoreElements()) {
      for (String token : headers.nextElement().split(",", -1)) {
        if (token.trim().equalsIgnoreCase("websocket")) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * What was hidden in a request, seen by everybody again.
   *
   * @return the endpoint it is for; null if nothing was hidden
   */
  static PathTable.@Nullable Match<Deployed> reveal(HttpServletRequest request) {
    if (request.getAttribute(HiddenUpgrade.class.getName()) instanceof HiddenUpgrade upgrade) {
      request.removeAttribute(HiddenUpgrade.class.getName());
      upgrade.hidden = false;
      return upgrade.match;
    }
    return null;
  }

  private boolean hides(String name) {
    return hidden && name.equalsIgnoreCase(UPGRADE);
  }

  @Override
  public @Nullable String getHeader(String name) {
    return hides(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return hides(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    return Collections.enumeration(
        Collections.list(super.getHeaderNames()).stream().filter(name -> !hides(name)).toList());
  }
}
