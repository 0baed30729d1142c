package dev.ssebridge.websocket;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextAttributeEvent;
import jakarta.servlet.ServletContextAttributeListener;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.server.ServerContainer;
import org.jspecify.annotations.Nullable;

/**
 * Shows the application {@link BridgeContainer} in the context attribute where it looks for its
 * {@code ServerContainer}, for as long as the container does not cast the attribute back itself.
 */
final class ContainerView implements ServletContextListener, ServletContextAttributeListener {
  private static final String ATTRIBUTE = ServerContainer.class.getName();

  private final SseBridge bridge;
  private boolean over; // set by the thread that starts the application

  ContainerView(SseBridge bridge) {
    this.bridge = bridge;
  }

  /** The container's own object, behind our view or not; null if there is none yet. */
  static @Nullable ServerContainer containerOf(ServletContext context) {
    Object value = context.getAttribute(ATTRIBUTE);
    if (value instanceof BridgeContainer view) {
      return view.container();
    }
    return value instanceof ServerContainer container ? container : null;
  }

  /** Begins to show the view: now, or as soon as there is a container to view. */
  void show(ServletContext context) {
    if (!over
        && context.getAttribute(ATTRIBUTE) instanceof ServerContainer container
        && ContainerKind.of(container).viewable()) {
      context.setAttribute(ATTRIBUTE, new BridgeContainer(bridge, container));
    }
  }

  @Override
  public void attributeAdded(ServletContextAttributeEvent event) {
    if (event.getName().equals(ATTRIBUTE)) {
      show(event.getServletContext());
    }
  }

  /** Our initializer comes late, so this listener is told behind all that the application names. */
  @Override
  public void contextInitialized(ServletContextEvent event) {
    restore(event.getServletContext());
  }

  /** Where a listener has failed before ours was told that the application starts. */
  @Override
  public void contextDestroyed(ServletContextEvent event) {
    restore(event.getServletContext());
  }

  private void restore(ServletContext context) {
    over = true;
    if (context.getAttribute(ATTRIBUTE) instanceof BridgeContainer view
        && ContainerKind.of(view.container()) == ContainerKind.TOMCAT) {
      context.setAttribute(ATTRIBUTE, view.container());
    }
  }
}
