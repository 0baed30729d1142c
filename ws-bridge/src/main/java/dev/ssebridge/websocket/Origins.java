package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which web page a request comes from, as far as its headers tell (Fetch, Origin header). */
final class Origins {
  private Origins() {}

  /**
   * The origin to show to {@code checkOrigin}. An {@code EventSource} of the same origin sends no
   * {@code Origin} header where a WebSocket does, so the request's own stands in for it.
   *
   * @return null if the request does not say, as with clients that are not browsers
   */
  static @Nullable String of(HttpServletRequest request) {
    String origin = request.getHeader("Origin");
    if (origin == null && "same-origin".equals(request.getHeader("Sec-Fetch-Site"))) {
      return request.getScheme() + "://" + request.getHeader("Host");
    }
    return origin;
  }

  /**
   * Whether an origin is the request's own. Schemes are not compared, since a proxy that ends TLS
   * hides the page's.
   */
  static boolean isOwn(HttpServletRequest request, String origin) {
    String host = request.getHeader("Host");
    if (host == null) {
      return false;
    }
    try {
      URI page = new URI(origin);
      if (page.getHost() == null || page.getScheme() == null) {
        return false; // also "null", which a sandboxed page sends
      }
      URI own = new URI(page.getScheme() + "://" + host);
      return page.getHost().equalsIgnoreCase(own.getHost()) && port(page) == port(own);
    } catch (URISyntaxException notAnOrigin) {
      return false;
    }
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().toLowerCase(Locale.ROOT).equals("https") ? 443 : 80;
  }
}
