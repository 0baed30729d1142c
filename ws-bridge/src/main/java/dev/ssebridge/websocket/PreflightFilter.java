package dev.ssebridge.websocket;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers a browser that asks whether a page of another origin may use an endpoint's URL. It stands
 * in front of the application's filters: such a request carries no credentials (Fetch §4.8), so
 * those which authenticate would refuse every one.
 */
final class PreflightFilter extends HttpFilter {
  private static final long serialVersionUID = 1;

  private final transient SseBridge bridge;

  PreflightFilter(SseBridge bridge) {
    this.bridge = bridge;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    PathTable.Match<Deployed> match = isPreflight(request) ? bridge.endpointAt(request) : null;
    if (match == null || !bridge.isServed(match.target())) {
      chain.doFilter(request, response);
    } else if (Origins.admit(request, response, match.target().config())) {
      response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
      response.setHeader(
          "Access-Control-Allow-Headers",
          "Authorization, Cache-Control, Content-Type, Last-Event-ID, Sse-Also, Sse-Number,"
              + " Sse-Session");
      response.setHeader("Access-Control-Max-Age", "86400");
      response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }
  }

  private static boolean isPreflight(HttpServletRequest request) {
    return request.getMethod().equals("OPTIONS")
        && request.getHeader("Origin") != null
        && request.getHeader("Access-Control-Request-Method") != null;
  }
}
