package dev.ssebridge.websocket;

import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.reflect.InvocationTargetException;

/**
 * Where the instances of annotated endpoint classes and of coders come from, and where they go. The
 * seam for containers that inject through something else than the {@code Configurator}.
 *
 * <p>Threading: called from many threads at once.
 */
interface EndpointInstances {
  /** Asks the endpoint's own {@code Configurator}; forgets what is released. */
  EndpointInstances CONFIGURATOR =
      config -> config.getConfigurator().getEndpointInstance(config.getEndpointClass());

  /**
   * An instance of the endpoint class for a new session.
   *
   * @throws InstantiationException if there is none
   */
  Object endpoint(ServerEndpointConfig config) throws InstantiationException;

  /**
   * An instance of an encoder or decoder class for a new session.
   *
   * @throws InstantiationException if there is none
   */
  default <T> T coder(Class<T> type) throws InstantiationException {
    try {
      return type.getConstructor().newInstance();
    } catch (InvocationTargetException e) {
      throw failed(type, e.getTargetException());
    } catch (ReflectiveOperationException e) {
      throw failed(type, e);
    }
  }

  /** Takes back an endpoint whose session has ended, after its {@code @OnClose}, or a coder. */
  default void release(Object instance) {}

  /** The exception for a class of which there is no instance. */
  static InstantiationException failed(Class<?> type, Throwable why) {
    InstantiationException failed =
        new InstantiationException("No instance of " + type.getName() + ": " + why);
    failed.initCause(why);
    return failed;
  }
}
