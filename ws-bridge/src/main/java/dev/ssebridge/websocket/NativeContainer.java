package dev.ssebridge.websocket;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The container's own WebSocket: takes upgrades for endpoints of ours and, where it can be asked,
 * tells what it has deployed. That finds endpoints that nothing of ours has seen being added. By
 * reflection, since no container is a dependency; where a method is missing there is no answer.
 *
 * <p>Threading: safe for concurrent use.
 */
final class NativeContainer {
  private final ServerContainer container;
  private final ContainerKind kind;
  private final @Nullable Method findMapping; // Tomcat's
  private volatile @Nullable Method mappedConfig; // of what findMapping returns

  NativeContainer(ServerContainer container) {
    this.container = container;
    kind = ContainerKind.of(container);
    findMapping =
        kind == ContainerKind.TOMCAT ? method(container, "findMapping", String.class) : null;
  }

  ContainerKind kind() {
    return kind;
  }

  /**
   * Answers an upgrade with the endpoint's own handshake, as the container would have done; the
   * session is in the endpoint's room.
   *
   * @param chain what the request meets if the container does not answer: Undertow, when the origin
   *     is refused
   */
  void upgrade(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      PathTable.Match<Deployed> match)
      throws IOException, ServletException {
    try {
      container.upgradeHttpToWebSocket(
          request,
          response,
          new NativeHandshake(match.target(), kind).forContainer(),
          match.parameters());
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
    if (!response.isCommitted() && response.getStatus() == HttpServletResponse.SC_OK) {
      chain.doFilter(request, response);
    }
  }

  /** Whether {@link #all} tells what there is. */
  boolean tellsAll() {
    return kind == ContainerKind.UNDERTOW;
  }

  /** Every endpoint of a container that {@link #tellsAll}. */
  List<ServerEndpointConfig> all() {
    List<ServerEndpointConfig> found = new ArrayList<>();
    if (ask(container, method(container, "getConfiguredServerEndpoints"))
        instanceof List<?> endpoints) {
      for (Object endpoint : endpoints) {
        if (ask(endpoint, method(endpoint, "getEndpointConfiguration"))
            instanceof ServerEndpointConfig config) {
          found.add(config);
        }
      }
    }
    return found;
  }

  /** What the container may have for a path: of Tomcat, the one that such a request would reach. */
  List<ServerEndpointConfig> candidates(String path) {
    if (tellsAll()) {
      return all();
    }
    ServerEndpointConfig reached = at(path);
    return reached == null ? List.of() : List.of(reached);
  }

  private @Nullable ServerEndpointConfig at(String path) {
    Object mapping = ask(container, findMapping, path);
    if (mapping == null) {
      return null;
    }
    Method config = mappedConfig;
    if (config == null) {
      config = method(mapping, "config"); // Tomcat 11
      if (config == null) {
        config = method(mapping, "getConfig"); // Tomcat 10.1
      }
      mappedConfig = config;
    }
    return ask(mapping, config) instanceof ServerEndpointConfig found ? found : null;
  }

  private static @Nullable Method method(Object object, String name, Class<?>... parameters) {
    try {
      Method method = object.getClass().getDeclaredMethod(name, parameters);
      return method.trySetAccessible() ? method : null;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  private static @Nullable Object ask(Object asked, @Nullable Method method, Object... arguments) {
    if (method == null) {
      return null;
    }
    try {
      return method.invoke(asked, arguments);
    } catch (ReflectiveOperationException e) {
      SseBridge.LOG.log(Level.WARNING, asked.getClass().getName() + " does not answer", e);
      return null;
    }
  }
}
