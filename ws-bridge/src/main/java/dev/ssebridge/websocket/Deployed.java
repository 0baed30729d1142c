package dev.ssebridge.websocket;

import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.function.Supplier;

/** An endpoint that the bridge serves: its path, coders and configurator. Compared by identity. */
final class Deployed {
  private final ServerEndpointConfig config;
  private final Supplier<Endpoint> newEndpoint;

  Deployed(ServerEndpointConfig config, Supplier<Endpoint> newEndpoint) {
    this.config = config;
    this.newEndpoint = newEndpoint;
  }

  ServerEndpointConfig config() {
    return config;
  }

  /** The endpoint of a new session. */
  Endpoint newEndpoint() {
    return newEndpoint.get();
  }
}
