package dev.ssebridge.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/**
 * Which other origins' pages may use the streams (Fetch, CORS protocol). Pages of the streams' own
 * origin always may, and so may clients that are no browsers; any other origin is refused with 403.
 *
 * @param origins such as {@code https://app.example.com}; {@code *} for every one, which cannot be
 *     had together with credentials
 * @param credentials whether those origins' pages may send cookies, as {@code withCredentials} does
 */
public record CrossOrigin(Set<String> origins, boolean credentials) {
  /** No other origin; the default. */
  public static final CrossOrigin NONE = new CrossOrigin(Set.of(), false);

  private static final String ANY = "*";

  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if every origin is allowed together with credentials
   */
  public CrossOrigin {
    origins = Set.copyOf(origins);
    if (credentials && origins.contains(ANY)) {
      throw new IllegalArgumentException("credentials need origins by name, not *");
    }
  }

  /**
   * Some origins, without credentials.
   *
   * @param origins by name, or {@code *}
   * @return without credentials
   */
  public static CrossOrigin of(String... origins) {
    return new CrossOrigin(Set.of(origins), false);
  }

  /**
   * The same with credentials.
   *
   * @return a copy
   * @throws IllegalArgumentException if every origin is allowed
   */
  public CrossOrigin withCredentials() {
    return new CrossOrigin(origins, true);
  }

  /**
   * Says in the response's headers what the page may do with it.
   *
   * @return false if the request's origin is not allowed
   */
  boolean allow(HttpServletRequest request, HttpServletResponse response) {
    if (!origins.isEmpty() && !origins.contains(ANY)) {
      response.addHeader("Vary", "Origin");
    }
    String origin = request.getHeader("Origin");
    if (origin == null) {
      return true;
    }
    if (origins.contains(ANY)) {
      response.setHeader("Access-Control-Allow-Origin", ANY);
    } else if (origins.contains(origin)) {
      response.setHeader("Access-Control-Allow-Origin", origin);
      if (credentials) {
        response.setHeader("Access-Control-Allow-Credentials", "true");
      }
    } else {
      return isOwn(request, origin);
    }
    response.setHeader("Access-Control-Expose-Headers", "Location, Retry-After");
    return true;
  }

  static void answerPreflight(HttpServletResponse response, String methods) {
    response.setHeader("Access-Control-Allow-Methods", methods);
    response.setHeader(
        "Access-Control-Allow-Headers",
        "Authorization, Cache-Control, Content-Type, Last-Event-ID");
    response.setHeader("Access-Control-Max-Age", "7200"); // the most that every browser keeps
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /** Schemes are not compared, since a proxy that ends TLS hides the page's. */
  private static boolean isOwn(HttpServletRequest request, String origin) {
    if ("same-origin".equals(request.getHeader("Sec-Fetch-Site"))) {
      return true; // a browser says so, whatever a proxy has made of Host
    }
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
