package dev.ssebridge.websocket;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The classes that a container has found for WebSocket in an application, and which endpoints that
 * makes (Jakarta WebSocket 2.1 §6.2). The container works out the same from the same classes, so
 * the application's {@code ServerApplicationConfig} is asked by both.
 */
final class ScannedClasses {
  private static final List<String> NOT_THE_APPLICATIONS =
      List.of(
          "jakarta.websocket.",
          "org.apache.tomcat.",
          "org.eclipse.jetty.",
          "io.undertow.",
          ScannedClasses.class.getPackageName() + ".");

  private final Set<Class<?>> annotated = new LinkedHashSet<>();
  private final Set<Class<? extends Endpoint>> programmatic = new LinkedHashSet<>();
  private final List<Class<? extends ServerApplicationConfig>> deciders = new ArrayList<>();

  ScannedClasses(Set<Class<?>> classes) {
    for (Class<?> type : classes) {
      if (!isTheApplications(type)) {
        continue;
      }
      if (ServerApplicationConfig.class.isAssignableFrom(type)) {
        deciders.add(type.asSubclass(ServerApplicationConfig.class));
      }
      if (Endpoint.class.isAssignableFrom(type)) {
        programmatic.add(type.asSubclass(Endpoint.class));
      }
      if (type.isAnnotationPresent(ServerEndpoint.class)) {
        annotated.add(type);
      }
    }
  }

  private static boolean isTheApplications(Class<?> type) {
    int modifiers = type.getModifiers();
    return Modifier.isPublic(modifiers)
        && !Modifier.isAbstract(modifiers) // interfaces too
        && NOT_THE_APPLICATIONS.stream().noneMatch(type.getName()::startsWith);
  }

  /**
   * The endpoints to deploy: every annotated class, unless the application decides.
   *
   * @throws DeploymentException if a class is no endpoint, or there is no instance of the
   *     application's {@code ServerApplicationConfig}
   */
  List<ServerEndpointConfig> endpoints() throws DeploymentException {
    Set<ServerEndpointConfig> configs = new LinkedHashSet<>();
    Set<Class<?>> chosen = new LinkedHashSet<>();
    if (deciders.isEmpty()) {
      chosen.addAll(annotated);
    }
    for (Class<? extends ServerApplicationConfig> type : deciders) {
      ServerApplicationConfig decider = instance(type);
      // Copies, since each may be changed by whoever is asked.
      configs.addAll(orNone(decider.getEndpointConfigs(new HashSet<>(programmatic))));
      chosen.addAll(orNone(decider.getAnnotatedEndpointClasses(new HashSet<>(annotated))));
    }
    List<ServerEndpointConfig> all = new ArrayList<>(configs);
    for (Class<?> type : chosen) {
      all.add(AnnotatedEndpoint.Deployment.configOf(type, null));
    }
    return all;
  }

  private static <T> Set<T> orNone(@Nullable Set<T> set) {
    return set == null ? Collections.emptySet() : set;
  }

  private static ServerApplicationConfig instance(Class<? extends ServerApplicationConfig> type)
      throws DeploymentException {
    try {
      return type.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new DeploymentException("No instance of " + type.getName(), e);
    }
  }
}
