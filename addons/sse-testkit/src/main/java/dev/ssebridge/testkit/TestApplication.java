package dev.ssebridge.testkit;

import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A web application as far as the bridge asks for one: attributes, and a class loader. */
final class TestApplication {
  private final ConcurrentHashMap<String, Object> attributes = new ConcurrentHashMap<>();
  private final ClassLoader loader = new Loader();
  final ServletContext context =
      (ServletContext)
          Proxy.newProxyInstance(
              ServletContext.class.getClassLoader(),
              new Class<?>[] {ServletContext.class},
              (self, method, arguments) -> ofContext(method.getName(), arguments));

  private @Nullable Object ofContext(String name, Object @Nullable [] arguments) {
    String argument = arguments == null ? "" : String.valueOf(arguments[0]);
    return switch (name) {
      case "getAttribute" -> attributes.get(argument);
      case "setAttribute" -> attributes.put(argument, arguments == null ? "" : arguments[1]);
      case "removeAttribute" -> attributes.remove(argument);
      case "getInitParameter" -> null;
      case "getClassLoader" -> loader;
      case "getContextPath" -> "";
      case "toString" -> "the test's application";
      case "hashCode" -> System.identityHashCode(this);
      default ->
          throw new UnsupportedOperationException("the test kit has no ServletContext." + name);
    };
  }

  /** Work of the application's, and what may throw. */
  interface Work<X extends Exception> {
    void run() throws X;
  }

  /** Does something with the application's class loader, as a container's thread has it. */
  <X extends Exception> void run(Work<X> work) throws X {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /**
   * Finds a platform's configurator, which the API looks for as a service, where no container
   * brings one. Not a service of this module: it would take the place of a container's.
   */
  private static final class Loader extends ClassLoader {
    private static final String SERVICE =
        "META-INF/services/" + ServerEndpointConfig.Configurator.class.getName();

    Loader() {
      super(TestApplication.class.getClassLoader());
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      Enumeration<URL> found = super.getResources(name);
      if (!name.equals(SERVICE) || found.hasMoreElements()) {
        return found;
      }
      URL ours = TestApplication.class.getResource("platform-configurator");
      return Collections.enumeration(Collections.singleton(Objects.requireNonNull(ours)));
    }
  }
}
