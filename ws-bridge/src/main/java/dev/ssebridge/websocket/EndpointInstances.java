package dev.ssebridge.websocket;

import jakarta.websocket.server.ServerEndpointConfig;

/**
 * Where the instances of annotated endpoint classes come from, one per session, and where they go.
 * The seam for containers that inject through something else than the {@code Configurator}.
 */
interface EndpointInstances {
  /** Asks the endpoint's own {@code Configurator}, and forgets the instance when it is released. */
  EndpointInstances CONFIGURATOR =
      config -> config.getConfigurator().getEndpointInstance(config.getEndpointClass());

  /**
   * An instance for a new session.
   *
   * @throws InstantiationException if there is none
   */
  Object obtain(ServerEndpointConfig config) throws InstantiationException;

  /** Takes back the instance of a session that has ended, after its {@code @OnClose}. */
  default void release(Object instance) {}
}
