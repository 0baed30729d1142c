package dev.ssebridge.websocket;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.server.ServerEndpointConfig;

/**
 * An endpoint that the bridge serves, and what is found out about it once. Compared by identity.
 */
final class Deployed {
  private final ServerEndpointConfig config;
  private final PathTemplate path;
  private final Codecs codecs;
  private final EndpointInstances instances;
  private final EndpointSource source;

  /** Where the endpoint of a new session comes from. */
  private interface EndpointSource {
    Endpoint get() throws InstantiationException;
  }

  private Deployed(
      ServerEndpointConfig config,
      PathTemplate path,
      Codecs codecs,
      EndpointInstances instances,
      EndpointSource source) {
    this.config = config;
    this.path = path;
    this.codecs = codecs;
    this.instances = instances;
    this.source = source;
  }

  /**
   * Checks an annotated class.
   *
   * @throws DeploymentException if it is not a valid endpoint
   */
  static Deployed annotated(Class<?> type, EndpointInstances instances) throws DeploymentException {
    var deployment =
        AnnotatedEndpoint.Deployment.of(
            AnnotatedEndpoint.Deployment.configOf(type, null), instances);
    return new Deployed(
        deployment.config(),
        deployment.path(),
        deployment.codecs(),
        instances,
        deployment::newEndpoint);
  }

  ServerEndpointConfig config() {
    return config;
  }

  PathTemplate path() {
    return path;
  }

  /**
   * The endpoint of a new session.
   *
   * @throws InstantiationException if the application gives none
   */
  Endpoint newEndpoint() throws InstantiationException {
    return source.get();
  }

  /**
   * The coders of a new session.
   *
   * @throws InstantiationException if there is no instance of one
   */
  SessionCodecs openCodecs(EndpointConfig sessionConfig) throws InstantiationException {
    return SessionCodecs.open(codecs, sessionConfig, instances);
  }
}
