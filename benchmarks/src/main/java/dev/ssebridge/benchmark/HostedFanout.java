package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;

/** A way to send that runs in a container. */
interface HostedFanout extends Fanout {
  /** Adds what it needs to the server. */
  void configure(ServerConfig.Builder server);

  /** Makes the one of a kind. */
  static HostedFanout of(Contestant.Kind kind) {
    return switch (kind) {
      case HUB -> new HubFanout();
      case DIRECT -> new DirectFanout();
      case WS -> new EndpointFanout(false, false);
      case WS_BATCHED -> new EndpointFanout(false, true);
      case BRIDGE -> new EndpointFanout(true, false);
      case SERVLET -> new ServletFanout();
      case SPRING -> new SpringFanout();
      case JERSEY -> new JerseyFanout();
      case RAW, RAW_EACH -> throw new IllegalArgumentException("needs no container: " + kind);
    };
  }
}
