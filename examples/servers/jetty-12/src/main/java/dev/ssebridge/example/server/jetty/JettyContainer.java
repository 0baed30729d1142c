package dev.ssebridge.example.server.jetty;

import dev.ssebridge.example.server.Container;
import dev.ssebridge.example.server.ContainerLogs;
import dev.ssebridge.example.server.ContainerOnlyLoader;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerCertificate;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.server.TemporaryDirectory;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.resource.Resource;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** Jetty 12, with the Jakarta EE version whose modules are on the class path. */
public final class JettyContainer implements Container {
  private static final List<String> JARS =
      List.of("jetty-", "jakarta.", "slf4j-", "asm-", "javax.");

  static {
    ContainerLogs.quiet();
  }

  @Override
  public String name() {
    return "Jetty " + Server.getVersion();
  }

  @Override
  public boolean deploysStockWars() {
    return true;
  }

  @Override
  public EmbeddedServer start(ServerConfig config) {
    Path base = TemporaryDirectory.create();
    QueuedThreadPool threads = new QueuedThreadPool();
    if (config.maxThreads() > 0) {
      threads.setMaxThreads(config.maxThreads());
      threads.setMinThreads(Math.min(8, config.maxThreads()));
    }
    Server server = new Server(threads);
    ServerConnector cleartext = cleartext(server, config);
    ServerConnector tls = config.tls() ? tls(server, config) : null;
    try {
      ServletContextHandler context =
          config.application() instanceof ServerConfig.Classes classes
              ? embedded(server, classes)
              : war((ServerConfig.War) config.application());
      context.setContextPath(config.contextPath().isEmpty() ? "/" : config.contextPath());
      context.setTempDirectory(base.resolve("temp").toFile());
      server.setHandler(context);
      server.start();
      return new Running(name(), config.contextPath(), server, cleartext, tls, base);
    } catch (Exception e) { // what Server.start declares
      Running.destroy(server, base);
      throw new IllegalStateException(name() + " did not start", e);
    }
  }

  private static ServerConnector cleartext(Server server, ServerConfig config) {
    HttpConfiguration http = new HttpConfiguration();
    ConnectionFactory http11 = new HttpConnectionFactory(http);
    ServerConnector connector =
        config.h2c()
            ? new ServerConnector(server, http11, new HTTP2CServerConnectionFactory(http))
            : new ServerConnector(server, http11);
    return listening(server, connector, config.port());
  }

  private static ServerConnector tls(Server server, ServerConfig config) {
    HttpConfiguration http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer(false)); // no SNI for an address
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setKeyStorePath(ServerCertificate.keyStore().toString());
    ssl.setKeyStorePassword(ServerCertificate.password());
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2", "http/1.1");
    alpn.setDefaultProtocol("http/1.1");
    ServerConnector connector =
        new ServerConnector(
            server,
            new SslConnectionFactory(ssl, alpn.getProtocol()),
            alpn,
            new HTTP2ServerConnectionFactory(http),
            new HttpConnectionFactory(http));
    return listening(server, connector, config.tlsPort());
  }

  private static ServerConnector listening(Server server, ServerConnector connector, int port) {
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    return connector;
  }

  private static ServletContextHandler war(ServerConfig.War war) {
    WebAppContext context = new WebAppContext();
    context.setWar(war.location().toString());
    context.setThrowUnavailableOnStartupException(true);
    context.setClassLoader(
        new WebAppClassLoader(
            new ContainerOnlyLoader(
                JettyContainer.class.getClassLoader(),
                jar -> JARS.stream().anyMatch(jar::startsWith)),
            context));
    return context;
  }

  private static ServletContextHandler embedded(Server server, ServerConfig.Classes application)
      throws IOException {
    ServletContextHandler context = new ServletContextHandler();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    context.setClassLoader(loader);
    ResourceFactory resources = ResourceFactory.of(server);
    List<Resource> roots = new ArrayList<>();
    for (URL url : Collections.list(loader.getResources("META-INF/resources"))) {
      roots.add(resources.newResource(url));
    }
    if (!roots.isEmpty()) {
      context.setBaseResource(ResourceFactory.combine(roots));
    }
    ServletHolder files = new ServletHolder("default", new DefaultServlet());
    files.setAsyncSupported(true);
    context.addServlet(files, "/");
    context.setWelcomeFiles(new String[] {"index.html"});
    for (ServerConfig.Initializer each :
        application.startOrder(List.of(new JakartaWebSocketServletContainerInitializer()))) {
      context.addServletContainerInitializer(
          each.initializer(), each.classes().toArray(Class<?>[]::new));
    }
    return context;
  }

  private static final class Running implements EmbeddedServer {
    private final String container;
    private final String contextPath;
    private final Server server;
    private final ServerConnector cleartext;
    private final @Nullable ServerConnector tls; // null: configured without
    private final Path base;
    private final int port;
    private final int tlsPort;
    private final AtomicBoolean stopped = new AtomicBoolean();

    Running(
        String container,
        String contextPath,
        Server server,
        ServerConnector cleartext,
        @Nullable ServerConnector tls,
        Path base) {
      this.container = container;
      this.contextPath = contextPath;
      this.server = server;
      this.cleartext = cleartext;
      this.tls = tls;
      this.base = base;
      this.port = cleartext.getLocalPort();
      this.tlsPort = tls == null ? -1 : tls.getLocalPort();
    }

    @Override
    public String container() {
      return container;
    }

    @Override
    public URI uri() {
      return URI.create("http://127.0.0.1:" + port + contextPath + "/");
    }

    @Override
    public URI httpsUri() {
      if (tls == null) {
        throw new IllegalStateException("configured without TLS");
      }
      return URI.create("https://127.0.0.1:" + tlsPort + contextPath + "/");
    }

    @Override
    public void stop(Duration grace) {
      if (stopped.compareAndSet(false, true)) {
        server.setStopTimeout(grace.toMillis());
        destroy(server, base);
      }
    }

    @Override
    public void kill() {
      if (stopped.compareAndSet(false, true)) {
        try {
          cleartext.stop();
          if (tls != null) {
            tls.stop();
          }
        } catch (Exception e) { // what stop declares
          throw new IllegalStateException("connector did not stop", e);
        } finally {
          destroy(server, base);
        }
      }
    }

    static void destroy(Server server, Path base) {
      try {
        server.stop();
        server.destroy();
      } catch (TimeoutException e) {
        // The grace is over: all has been stopped, the requests that were left have been cut.
      } catch (Exception e) { // what stop declares
        throw new IllegalStateException("Jetty did not stop", e);
      } finally {
        TemporaryDirectory.delete(base);
      }
    }
  }
}
