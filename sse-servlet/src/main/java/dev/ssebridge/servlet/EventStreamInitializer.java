package dev.ssebridge.servlet;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends an application's streams in good order when it stops. Containers find it by itself when the
 * jar is part of the application (Jakarta Servlet 6 §8.2.4). Embedded ones may be given it; without
 * it streams work all the same, but only {@link EventStreams#close} ends them before the container
 * does.
 */
public final class EventStreamInitializer implements ServletContainerInitializer {
  /** Called by the container's class loader machinery. */
  public EventStreamInitializer() {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) {
    if (EventStreams.find(context) == null) {
      context.addListener(new Stop(EventStreams.of(context)));
    }
  }

  private record Stop(EventStreams streams) implements ServletContextListener {
    @Override
    public void contextDestroyed(ServletContextEvent event) {
      streams.close();
    }
  }
}
