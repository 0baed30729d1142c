package dev.ssebridge.example.server;

import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContainerInitializer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EventListener;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a server serves and how it listens. Begin with {@link #embedded()} or {@link #war(Path)}.
 *
 * @param application the content
 * @param contextPath where the application lives: empty, or {@code /name}
 * @param port the cleartext port; 0 takes a free one
 * @param tls whether there is a second port with TLS and HTTP/2 by ALPN
 * @param tlsPort the port with TLS; 0 takes a free one
 * @param h2c whether the cleartext port speaks HTTP/2 too
 * @param maxThreads how many threads serve requests; 0 is the container's default
 * @param connections what the connector is set up for
 */
public record ServerConfig(
    Application application,
    String contextPath,
    int port,
    boolean tls,
    int tlsPort,
    boolean h2c,
    int maxThreads,
    Connections connections) {
  /** What a connector is set up for; only Tomcat has anything to set. */
  public enum Connections {
    /** As the container comes. */
    DEFAULT,
    /**
     * An idle stream is as cheap as can be: small buffers for request headers (4 KB), response
     * headers (2 KB), trailers (256 bytes) and the socket (1 KB), which refuse requests with large
     * cookies.
     */
    LEAN,
    /**
     * Much is sent: 32 KB go to the socket at once, not 8, and each connection has such a buffer.
     */
    BUSY
  }

  /** Checks the context path. */
  public ServerConfig {
    if (!contextPath.isEmpty() && (!contextPath.startsWith("/") || contextPath.endsWith("/"))) {
      throw new IllegalArgumentException("context path must be empty or /name: " + contextPath);
    }
  }

  /** What is served. */
  public sealed interface Application permits War, Classes {}

  /**
   * A war, deployed as the stock container does it: only the container's own classes are shared
   * with it.
   *
   * @param location a war file, or a directory with its content
   */
  public record War(Path location) implements Application {}

  /**
   * Classes of the caller's class loader. Static files are those under {@code META-INF/resources}
   * of the class path.
   *
   * @param endpoints WebSocket endpoint classes, and {@code ServerApplicationConfig}s
   * @param initializers what runs when the application starts, after the container's own WebSocket
   *     initializer
   * @param servlets in order of registration
   * @param filters in the order of the chain
   * @param listeners in order of registration
   * @param parameters the context's init parameters
   */
  public record Classes(
      Set<Class<?>> endpoints,
      List<Initializer> initializers,
      List<MappedServlet> servlets,
      List<MappedFilter> filters,
      List<EventListener> listeners,
      Map<String, String> parameters)
      implements Application {
    /** Copies the collections. */
    public Classes {
      endpoints = Collections.unmodifiableSet(new LinkedHashSet<>(endpoints));
      initializers = List.copyOf(initializers);
      servlets = List.copyOf(servlets);
      filters = List.copyOf(filters);
      listeners = List.copyOf(listeners);
      parameters = Map.copyOf(parameters);
    }

    /**
     * The initializers in the order in which they have to run around the container's own: first the
     * one that registers servlets, filters, listeners and parameters, as {@code web.xml} would have
     * done by then.
     *
     * @param own the container's initializers, WebSocket's among them, which receive the endpoint
     *     classes
     */
    public List<Initializer> startOrder(List<ServletContainerInitializer> own) {
      List<Initializer> order = new ArrayList<>();
      order.add(new Initializer(new Registrations(this), Set.of()));
      own.forEach(each -> order.add(new Initializer(each, endpoints)));
      order.addAll(initializers);
      return order;
    }
  }

  /**
   * An initializer with the classes that a scan for its {@code @HandlesTypes} would have found.
   *
   * @param initializer called once, when the application starts
   * @param classes what its {@code onStartup} receives
   */
  public record Initializer(ServletContainerInitializer initializer, Set<Class<?>> classes) {
    /** Copies the set, keeping its order. */
    public Initializer {
      classes = Collections.unmodifiableSet(new LinkedHashSet<>(classes));
    }
  }

  /**
   * A servlet instance.
   *
   * @param name unique in the application
   * @param servlet the instance
   * @param mapping a url pattern
   * @param asyncSupported whether its requests may be asynchronous
   */
  public record MappedServlet(
      String name, Servlet servlet, String mapping, boolean asyncSupported) {}

  /**
   * A filter instance, for requests only.
   *
   * @param name unique in the application
   * @param filter the instance
   * @param mapping a url pattern
   * @param asyncSupported whether requests behind it may be asynchronous
   */
  public record MappedFilter(String name, Filter filter, String mapping, boolean asyncSupported) {}

  /** Begins with an application made of the caller's classes. */
  public static Builder embedded() {
    return new Builder(null);
  }

  /**
   * Begins with a war.
   *
   * @param location a war file, or a directory with its content
   */
  public static Builder war(Path location) {
    return new Builder(new War(location.toAbsolutePath()));
  }

  /** Collects a {@link ServerConfig}. Not safe for concurrent use. */
  public static final class Builder {
    private final @Nullable War war; // null: embedded
    private final Set<Class<?>> endpoints = new LinkedHashSet<>();
    private final List<Supplier<Initializer>> initializers = new ArrayList<>();
    private final List<MappedServlet> servlets = new ArrayList<>();
    private final List<MappedFilter> filters = new ArrayList<>();
    private final List<EventListener> listeners = new ArrayList<>();
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private String contextPath = "";
    private int port;
    private boolean tls;
    private int tlsPort;
    private boolean h2c;
    private int maxThreads;
    private Connections connections = Connections.DEFAULT;

    private Builder(@Nullable War war) {
      this.war = war;
    }

    /** Adds WebSocket endpoint classes, or {@code ServerApplicationConfig}s. */
    public Builder endpoints(Class<?>... classes) {
      embeddedOnly();
      endpoints.addAll(List.of(classes));
      return this;
    }

    /** Adds an initializer that receives the endpoint classes. */
    public Builder initializer(ServletContainerInitializer initializer) {
      return initializer(initializer, endpoints);
    }

    /**
     * Adds an initializer that receives the given classes.
     *
     * @param classes what a scan for its {@code @HandlesTypes} would have found
     */
    public Builder initializer(ServletContainerInitializer initializer, Set<Class<?>> classes) {
      embeddedOnly();
      initializers.add(() -> new Initializer(initializer, classes)); // sees endpoints added later
      return this;
    }

    /** Adds a servlet whose requests may be asynchronous. */
    public Builder servlet(String mapping, Servlet servlet) {
      return servlet("servlet-" + servlets.size(), servlet, mapping, true);
    }

    /** Adds a servlet. */
    public Builder servlet(String name, Servlet servlet, String mapping, boolean asyncSupported) {
      embeddedOnly();
      servlets.add(new MappedServlet(name, servlet, mapping, asyncSupported));
      return this;
    }

    /** Adds a filter, behind those added before, that lets requests be asynchronous. */
    public Builder filter(String mapping, Filter filter) {
      return filter("filter-" + filters.size(), filter, mapping, true);
    }

    /** Adds a filter, behind those added before. */
    public Builder filter(String name, Filter filter, String mapping, boolean asyncSupported) {
      embeddedOnly();
      filters.add(new MappedFilter(name, filter, mapping, asyncSupported));
      return this;
    }

    /** Adds a listener to the context. */
    public Builder listener(EventListener listener) {
      embeddedOnly();
      listeners.add(listener);
      return this;
    }

    /** Adds an init parameter to the context. */
    public Builder parameter(String name, String value) {
      embeddedOnly();
      parameters.put(name, value);
      return this;
    }

    /** Deploys at a path instead of the root; {@code /name}. */
    public Builder contextPath(String path) {
      contextPath = path;
      return this;
    }

    /**
     * Listens on this cleartext port; default 0, a free one. A restart wants the same port again.
     */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Adds a port with TLS and HTTP/2 by ALPN, with a certificate made for this process. */
    public Builder tls() {
      return tls(0);
    }

    /** Adds a port with TLS and HTTP/2 by ALPN. */
    public Builder tls(int port) {
      tls = true;
      tlsPort = port;
      return this;
    }

    /** Lets the cleartext port speak HTTP/2 too, by prior knowledge or by upgrade. */
    public Builder h2c() {
      h2c = true;
      return this;
    }

    /** Limits the threads that serve requests; default 0, the container's own limit. */
    public Builder maxThreads(int threads) {
      maxThreads = threads;
      return this;
    }

    /** Sets the connector up for a purpose. */
    public Builder connections(Connections value) {
      connections = value;
      return this;
    }

    /** Checks and freezes what was collected. */
    public ServerConfig build() {
      Application application =
          war != null
              ? war
              : new Classes(
                  endpoints,
                  initializers.stream().map(Supplier::get).toList(),
                  servlets,
                  filters,
                  listeners,
                  parameters);
      return new ServerConfig(
          application, contextPath, port, tls, tlsPort, h2c, maxThreads, connections);
    }

    /** Builds and starts on the container of the class path. */
    public EmbeddedServer start() {
      return EmbeddedServer.start(build());
    }

    private void embeddedOnly() {
      if (war != null) {
        throw new IllegalStateException("a war brings its own classes");
      }
    }
  }
}
