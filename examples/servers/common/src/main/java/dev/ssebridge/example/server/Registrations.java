package dev.ssebridge.example.server;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Registers servlets, filters, listeners and parameters through the standard API alone. */
final class Registrations implements ServletContainerInitializer {
  private final ServerConfig.Classes classes;

  Registrations(ServerConfig.Classes classes) {
    this.classes = classes;
  }

  @Override
  public void onStartup(@Nullable Set<Class<?>> ignored, ServletContext context) {
    classes.parameters().forEach(context::setInitParameter);
    classes.listeners().forEach(context::addListener);
    for (ServerConfig.MappedFilter mapped : classes.filters()) {
      FilterRegistration.Dynamic filter = context.addFilter(mapped.name(), mapped.filter());
      if (filter == null) {
        throw new IllegalStateException("two filters are called " + mapped.name());
      }
      filter.setAsyncSupported(mapped.asyncSupported());
      filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, mapped.mapping());
    }
    for (ServerConfig.MappedServlet mapped : classes.servlets()) {
      ServletRegistration.Dynamic servlet = context.addServlet(mapped.name(), mapped.servlet());
      if (servlet == null) {
        throw new IllegalStateException("two servlets are called " + mapped.name());
      }
      servlet.setAsyncSupported(mapped.asyncSupported());
      Set<String> taken = servlet.addMapping(mapped.mapping());
      if (!taken.isEmpty()) {
        throw new IllegalStateException("mapped twice: " + taken);
      }
    }
  }
}
