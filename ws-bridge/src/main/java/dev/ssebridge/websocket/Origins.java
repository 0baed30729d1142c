package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which web page a request comes from, as far as its headers tell (Fetch, Origin header). */
final class Origins {
  private static final String OPAQUE = "null"; // how Fetch §3.2 writes it

  private Origins() {}

  /**
   * The origin to show to {@code checkOrigin}. An {@code EventSource} of the same origin sends no
   * {@code Origin} header where a WebSocket does, so the request's own stands in for it. A page of
   * another site can make its browser leave the header out, too, but not the one that says so: then
   * it is {@value #OPAQUE}, which is nobody's.
   *
   * @return null if the request does not say, as with clients that are not browsers
   */
  static @Nullable String of(HttpServletRequest request) {
    String origin = request.getHeader("Origin");
    String site = request.getHeader("Sec-Fetch-Site");
    if (origin != null || site == null || site.equals("none")) { // none: the user, not a page
      return origin;
    }
    return site.equals("same-origin")
        ? request.getScheme() + "://" + request.getHeader("Host")
        : OPAQUE;
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

  /**
   * Whether the endpoint lets pages of the request's origin in. If so, a page of another origin is
   * given the headers with which its browser shows it the answer (Fetch §3.3); if not, the request
   * has been answered.
   */
  static boolean admit(
      HttpServletRequest request, HttpServletResponse response, ServerEndpointConfig endpoint)
      throws IOException {
    if (!endpoint.getConfigurator().checkOrigin(of(request))) {
      Refusal.write(response, HttpServletResponse.SC_FORBIDDEN, "the origin is not allowed");
      return false;
    }
    String origin = request.getHeader("Origin");
    if (origin != null && !isOwn(request, origin) && isHeaderSafe(origin)) {
      response.setHeader("Access-Control-Allow-Origin", origin);
      response.setHeader("Access-Control-Allow-Credentials", "true");
      response.setHeader("Access-Control-Expose-Headers", "Sse-Received, Retry-After");
      response.addHeader("Vary", "Origin");
    }
    return true;
  }

  private static boolean isHeaderSafe(String origin) {
    return origin.chars().allMatch(c -> c > ' ' && c < 0x7F);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().toLowerCase(Locale.ROOT).equals("https") ? 443 : 80;
  }
}
