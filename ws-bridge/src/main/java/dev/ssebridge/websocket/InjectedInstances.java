package dev.ssebridge.websocket;

import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Instances into which the container injects what it injects into its own WebSocket endpoints and
 * coders ({@code @Resource}, {@code @PostConstruct}), through the object that it keeps for that in
 * an attribute of the servlet context. It comes after the {@code Configurator}, as it does there.
 *
 * <p>{@code @PreDestroy} runs when the session has ended, which Tomcat 11.0.24 and Jetty 12.0.36
 * leave out for endpoints of their own.
 */
final class InjectedInstances implements EndpointInstances {
  private static final Logger log = System.getLogger(InjectedInstances.class.getName());

  /** The attribute of each container, and its methods to inject into an object and to let it go. */
  private static final Map<String, String[]> INJECTORS =
      Map.of(
          "org.apache.tomcat.InstanceManager", new String[] {"newInstance", "destroyInstance"},
          "org.eclipse.jetty.util.DecoratedObjectFactory", new String[] {"decorate", "destroy"});

  private final Object injector;
  private final Method inject;
  private final Method release;

  private InjectedInstances(Object injector, Method inject, Method release) {
    this.injector = injector;
    this.inject = inject;
    this.release = release;
  }

  /**
   * The instances of a web application. Where the container has no such object, those of the {@code
   * Configurator} as they are.
   */
  static EndpointInstances of(ServletContext context) {
    for (Map.Entry<String, String[]> each : INJECTORS.entrySet()) {
      Object injector = context.getAttribute(each.getKey());
      if (injector != null) {
        Method inject = callable(injector.getClass(), each.getValue()[0]);
        Method release = callable(injector.getClass(), each.getValue()[1]);
        if (inject != null && release != null) {
          return new InjectedInstances(injector, inject, release);
        }
        log.log(Level.WARNING, "Endpoints get no injection: unknown " + injector.getClass());
      }
    }
    return EndpointInstances.CONFIGURATOR;
  }

  /** A method with one parameter of any type, as a public class or interface of it declares it. */
  private static @Nullable Method callable(Class<?> type, String name) {
    if (Modifier.isPublic(type.getModifiers())) {
      try {
        return type.getMethod(name, Object.class);
      } catch (NoSuchMethodException e) {
        return null;
      }
    }
    for (Class<?> each : type.getInterfaces()) {
      Method found = callable(each, name);
      if (found != null) {
        return found;
      }
    }
    Class<?> parent = type.getSuperclass();
    return parent == null ? null : callable(parent, name);
  }

  @Override
  public Object endpoint(ServerEndpointConfig config) throws InstantiationException {
    return injected(EndpointInstances.CONFIGURATOR.endpoint(config));
  }

  @Override
  public <T> T coder(Class<T> type) throws InstantiationException {
    return injected(EndpointInstances.CONFIGURATOR.coder(type));
  }

  @SuppressWarnings("unchecked") // the container returns the object, or a decoration of its type
  private <T> T injected(T instance) throws InstantiationException {
    if (instance == null) {
      throw new InstantiationException("The configurator returned null");
    }
    try {
      Object decorated = inject.invoke(injector, instance);
      return decorated == null ? instance : (T) decorated;
    } catch (InvocationTargetException e) {
      throw EndpointInstances.failed(instance.getClass(), e.getTargetException());
    } catch (IllegalAccessException e) {
      throw EndpointInstances.failed(instance.getClass(), e);
    }
  }

  @Override
  public void release(Object instance) {
    try {
      release.invoke(injector, instance);
    } catch (ReflectiveOperationException e) {
      log.log(Level.WARNING, instance.getClass().getName() + " could not be released", e);
    }
  }
}
