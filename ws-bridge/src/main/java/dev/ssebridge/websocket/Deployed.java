package dev.ssebridge.websocket;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An endpoint that the bridge serves, what is found out about it once, and its room: the sessions
 * at it, whatever their transport. Compared by identity.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Deployed {
  private final ServerEndpointConfig config;
  private final PathTemplate path;
  private final Codecs codecs;
  private final EndpointInstances instances;
  private final EndpointSource source;
  private final Downstream downstream;
  private final Set<Session> room = ConcurrentHashMap.newKeySet();

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
    downstream = new Downstream(path.toString());
    this.codecs = codecs;
    this.instances = instances;
    this.source = source;
  }

  /**
   * Checks an endpoint: an annotated class or an {@code Endpoint}.
   *
   * @param config its path, coders and configurator; they decide, not an annotation of the class
   * @throws DeploymentException if it is not a valid endpoint
   */
  static Deployed of(ServerEndpointConfig config, EndpointInstances instances)
      throws DeploymentException {
    if (Endpoint.class.isAssignableFrom(config.getEndpointClass())) {
      return new Deployed(
          config,
          PathTemplate.parse(config.getPath()),
          Codecs.of(config),
          instances,
          () -> programmatic(config, instances));
    }
    var deployment = AnnotatedEndpoint.Deployment.of(config, instances);
    return new Deployed(
        config, deployment.path(), deployment.codecs(), instances, deployment::newEndpoint);
  }

  private static Endpoint programmatic(ServerEndpointConfig config, EndpointInstances instances)
      throws InstantiationException {
    Object instance = instances.endpoint(config);
    if (instance instanceof Endpoint endpoint) {
      return endpoint;
    }
    throw new InstantiationException(
        "The configurator of "
            + config.getEndpointClass().getName()
            + " returned no Endpoint: "
            + instance);
  }

  ServerEndpointConfig config() {
    return config;
  }

  PathTemplate path() {
    return path;
  }

  Downstream downstream() {
    return downstream;
  }

  /**
   * The endpoint of a new session; {@link #release} it when the session is over or has not come to
   * be.
   *
   * @throws InstantiationException if the application gives none
   */
  Endpoint newEndpoint() throws InstantiationException {
    return source.get();
  }

  /** Gives an endpoint's instance back to whoever injected into it. */
  void release(Endpoint endpoint) {
    if (endpoint instanceof AnnotatedEndpoint annotated) {
      annotated.discard();
    } else {
      instances.release(endpoint);
    }
  }

  /**
   * The coders of a new session.
   *
   * @throws InstantiationException if there is no instance of one
   */
  SessionCodecs openCodecs(EndpointConfig sessionConfig) throws InstantiationException {
    return SessionCodecs.open(codecs, sessionConfig, instances);
  }

  /** Lets a session be seen by the others at this endpoint, until it {@link #leave leaves}. */
  void enter(Session session) {
    room.add(session);
  }

  void leave(Session session) {
    room.remove(session);
  }

  /** The open sessions at this endpoint, at this moment; cannot be changed. */
  Set<Session> openSessions() {
    Set<Session> open = new LinkedHashSet<>();
    for (Session session : room) {
      if (session.isOpen()) {
        open.add(session);
      }
    }
    return Collections.unmodifiableSet(open);
  }

  @Override
  public String toString() {
    return config.getEndpointClass().getName();
  }
}
