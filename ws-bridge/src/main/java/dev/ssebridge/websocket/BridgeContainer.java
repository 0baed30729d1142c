package dev.ssebridge.websocket;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * The container as the application's listeners see it: what they add is served by the bridge too.
 *
 * <p>Threading: as the container's own.
 */
final class BridgeContainer implements ServerContainer {
  private final SseBridge bridge;
  private final ServerContainer container;

  BridgeContainer(SseBridge bridge, ServerContainer container) {
    this.bridge = bridge;
    this.container = container;
  }

  /** The container's own object. */
  ServerContainer container() {
    return container;
  }

  @Override
  public void addEndpoint(Class<?> type) throws DeploymentException {
    add(AnnotatedEndpoint.Deployment.configOf(type, null), () -> container.addEndpoint(type));
  }

  @Override
  public void addEndpoint(ServerEndpointConfig config) throws DeploymentException {
    add(config, () -> container.addEndpoint(config));
  }

  private interface Addition {
    void run() throws DeploymentException;
  }

  /**
   * Checked here first, so that the same rules hold on every container; then in both or neither.
   */
  private void add(ServerEndpointConfig config, Addition container) throws DeploymentException {
    Deployed added = bridge.deploy(config);
    boolean accepted = false;
    try {
      container.run();
      accepted = true;
    } finally {
      if (!accepted) {
        bridge.withdraw(added);
      }
    }
  }

  @Override
  public void upgradeHttpToWebSocket(
      Object request,
      Object response,
      ServerEndpointConfig config,
      Map<String, String> pathParameters)
      throws IOException, DeploymentException {
    container.upgradeHttpToWebSocket(request, response, config, pathParameters);
  }

  @Override
  public Session connectToServer(Object endpoint, URI path)
      throws DeploymentException, IOException {
    return container.connectToServer(endpoint, path);
  }

  @Override
  public Session connectToServer(Class<?> endpoint, URI path)
      throws DeploymentException, IOException {
    return container.connectToServer(endpoint, path);
  }

  @Override
  public Session connectToServer(Endpoint endpoint, ClientEndpointConfig config, URI path)
      throws DeploymentException, IOException {
    return container.connectToServer(endpoint, config, path);
  }

  @Override
  public Session connectToServer(
      Class<? extends Endpoint> endpoint, ClientEndpointConfig config, URI path)
      throws DeploymentException, IOException {
    return container.connectToServer(endpoint, config, path);
  }

  @Override
  public long getDefaultAsyncSendTimeout() {
    return container.getDefaultAsyncSendTimeout();
  }

  @Override
  public void setAsyncSendTimeout(long milliseconds) {
    container.setAsyncSendTimeout(milliseconds);
  }

  @Override
  public long getDefaultMaxSessionIdleTimeout() {
    return container.getDefaultMaxSessionIdleTimeout();
  }

  @Override
  public void setDefaultMaxSessionIdleTimeout(long milliseconds) {
    container.setDefaultMaxSessionIdleTimeout(milliseconds);
  }

  @Override
  public int getDefaultMaxBinaryMessageBufferSize() {
    return container.getDefaultMaxBinaryMessageBufferSize();
  }

  @Override
  public void setDefaultMaxBinaryMessageBufferSize(int bytes) {
    container.setDefaultMaxBinaryMessageBufferSize(bytes);
  }

  @Override
  public int getDefaultMaxTextMessageBufferSize() {
    return container.getDefaultMaxTextMessageBufferSize();
  }

  @Override
  public void setDefaultMaxTextMessageBufferSize(int bytes) {
    container.setDefaultMaxTextMessageBufferSize(bytes);
  }

  @Override
  public Set<Extension> getInstalledExtensions() {
    return container.getInstalledExtensions();
  }
}
