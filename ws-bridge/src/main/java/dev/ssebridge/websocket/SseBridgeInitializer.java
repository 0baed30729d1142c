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
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
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
@HandlesTypes({ServerEndpoint.class, Endpoint.class, ServerApplicationConfig.class})
public final class SseBridgeInitializer implements ServletContainerInitializer {
  private final @Nullable BridgeOptions given; // null: read from the application's parameters

  /** Reads the options from context parameters and system properties. */
  public SseBridgeInitializer() {
    given = null;
  }

  /**
   * For applications that start the bridge by themselves.
   *
   * @param options the bounds and modes of the bridge; parameters and properties are not read
   */
  public SseBridgeInitializer(BridgeOptions options) {
    given = options;
  }

  @Override
  public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context)
      throws ServletException {
    if ("false".equals(setting(context, "dev.ssebridge.enabled"))
        || SseBridge.of(context) != null) {
      return;
    }
    BridgeOptions options =
        given != null ? given : BridgeOptions.from(name -> setting(context, name));
    int ssePercent =
        Canary.checked(
            (int) BridgeOptions.number(name -> setting(context, name), "ssePercent", 100, 100));
    var bridge = new SseBridge(context, options);
    bridge.serveOverSse(ssePercent);
    NativeContainer container = bridge.nativeContainer();
    try {
      // What the container has deployed decides, where it will tell when the filter starts.
      if (classes != null && (container == null || !container.tellsAll())) {
        for (ServerEndpointConfig endpoint : new ScannedClasses(classes).endpoints()) {
          bridge.mount(endpoint);
        }
      }
    } catch (DeploymentException e) {
      bridge.close();
      throw new ServletException(e);
    }
    context.setAttribute(SseBridge.class.getName(), bridge);
    context.addListener(new Stop(bridge));
    var view = new ContainerView(bridge);
    view.show(context);
    context.addListener(view);
    makeAsyncSupported(context);
    register(context, new PreflightFilter(bridge), false);
    register(context, new UpgradeFilter(bridge), false);
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
