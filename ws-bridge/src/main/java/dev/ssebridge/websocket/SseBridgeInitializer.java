package dev.ssebridge.websocket;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.HandlesTypes;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpoint;
import java.lang.reflect.Modifier;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts the bridge in front of an application's WebSocket endpoints. Containers find it by itself
 * when the jar is part of the application (Jakarta Servlet 6 §8.2.4); embedded ones are given it.
 *
 * <p>The context parameter or system property {@code dev.ssebridge.enabled=false} leaves the
 * application as it was.
 */
@HandlesTypes(ServerEndpoint.class)
public final class SseBridgeInitializer implements ServletContainerInitializer {
  /** Called by the container's class loader machinery. */
  public SseBridgeInitializer() {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context)
      throws ServletException {
    if ("false".equals(setting(context, "dev.ssebridge.enabled"))
        || SseBridge.of(context) != null) {
      return;
    }
    var bridge = new SseBridge(context, BridgeOptions.from(name -> setting(context, name)));
    try {
      for (Class<?> type : classes == null ? Set.<Class<?>>of() : classes) {
        if (isEndpoint(type)) {
          bridge.mount(type);
        }
      }
    } catch (DeploymentException e) {
      bridge.close();
      throw new ServletException(e);
    }
    context.setAttribute(SseBridge.class.getName(), bridge);
    context.addListener(new Stop(bridge));
    makeAsyncSupported(context);
    register(context, new PreflightFilter(bridge), false);
    register(context, bridge.filter(), true);
  }

  private static void register(ServletContext context, Filter filter, boolean last) {
    var registration = context.addFilter(filter.getClass().getName(), filter);
    registration.setAsyncSupported(true);
    registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), last, "/*");
  }

  /**
   * A stream needs every filter of its request to be declared async-supported, which no WebSocket
   * ever asked of an application.
   */
  private static void makeAsyncSupported(ServletContext context) {
    for (FilterRegistration registration : context.getFilterRegistrations().values()) {
      if (registration instanceof FilterRegistration.Dynamic dynamic) {
        dynamic.setAsyncSupported(true);
      }
    }
  }

  private static boolean isEndpoint(Class<?> type) {
    return type.isAnnotationPresent(ServerEndpoint.class)
        && Modifier.isPublic(type.getModifiers())
        && !Modifier.isAbstract(type.getModifiers());
  }

  private static @Nullable String setting(ServletContext context, String name) {
    String parameter = context.getInitParameter(name);
    return parameter != null ? parameter : System.getProperty(name);
  }

  private record Stop(SseBridge bridge) implements ServletContextListener {
    @Override
    public void contextDestroyed(ServletContextEvent event) {
      bridge.close();
    }
  }
}
