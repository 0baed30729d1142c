package dev.ssebridge.websocket;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Sees that the WebSocket upgrades of endpoints come to the bridge: behind the application's
 * filters, which may refuse them, except where the container's own stand in front of these too.
 */
final class UpgradeFilter extends HttpFilter {
  private static final long serialVersionUID = 1;

  private final transient SseBridge bridge;

  UpgradeFilter(SseBridge bridge) {
    this.bridge = bridge;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    PathTable.Match<Deployed> match =
        HiddenUpgrade.isUpgrade(request) ? bridge.endpointAt(request) : null;
    NativeContainer container = match == null ? null : bridge.takingUpgrades(match.target());
    if (match == null || container == null) {
      chain.doFilter(request, response);
    } else if (container.kind().upgradesFirst()) {
      container.upgrade(request, response, chain, match);
    } else {
      chain.doFilter(new HiddenUpgrade(request, match), response);
    }
  }
}
