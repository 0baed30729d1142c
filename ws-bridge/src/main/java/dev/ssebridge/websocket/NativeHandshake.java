package dev.ssebridge.websocket;

import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/**
 * One handshake of the container's own WebSocket for an endpoint of ours: the configuration and the
 * configurator that the container sees. Whatever it asks is passed on to the endpoint's own
 * configurator, as often as it asks.
 */
final class NativeHandshake extends ServerEndpointConfig.Configurator {
  private final Deployed deployed;
  private final ServerEndpointConfig.Configurator configurator;
  private final SessionConfig config; // as the application sees it

  private final boolean early; // whether the endpoint's instance is made when we are asked for it

  NativeHandshake(Deployed deployed, ContainerKind kind) {
    this.deployed = deployed;
    early = kind != ContainerKind.UNDERTOW; // its configurator makes only what it wants at the time
    configurator = deployed.config().getConfigurator();
    config = new SessionConfig(deployed.config());
  }

  /**
   * What to give to {@code upgradeHttpToWebSocket}. The class is one that the container may look at
   * freely: what it gets is {@link NativeEndpoint}.
   */
  ServerEndpointConfig forContainer() {
    return new SessionConfig(deployed.config(), Endpoint.class, this);
  }

  @Override
  public <T> T getEndpointInstance(Class<T> type) throws InstantiationException {
    NativeEndpoint endpoint = new NativeEndpoint(deployed, config);
    if (early) {
      endpoint.make();
    }
    return type.cast(endpoint);
  }

  @Override
  public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
    return configurator.getNegotiatedSubprotocol(supported, requested);
  }

  @Override
  public List<Extension> getNegotiatedExtensions(
      List<Extension> installed, List<Extension> requested) {
    return configurator.getNegotiatedExtensions(installed, requested);
  }

  @Override
  public boolean checkOrigin(String origin) {
    return configurator.checkOrigin(origin);
  }

  /** The container reads settings of its own from the properties of its own configuration. */
  @Override
  public void modifyHandshake(
      ServerEndpointConfig containers, HandshakeRequest request, HandshakeResponse response) {
    configurator.modifyHandshake(config, request, response);
    containers.getUserProperties().putAll(config.getUserProperties());
  }
}
