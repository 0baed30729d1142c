package dev.ssebridge.example.server.tomcat;

import dev.ssebridge.example.server.Container;
import dev.ssebridge.example.server.ContainerLogs;
import dev.ssebridge.example.server.ContainerOnlyLoader;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerCertificate;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.server.TemporaryDirectory;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.Context;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.WebResourceRoot;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardService;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.catalina.webresources.DirResourceSet;
import org.apache.catalina.webresources.JarResourceSet;
import org.apache.catalina.webresources.StandardRoot;
import org.apache.catalina.webresources.TomcatURLStreamHandlerFactory;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.IntrospectionUtils;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.apache.tomcat.websocket.server.WsSci;
import org.jspecify.annotations.Nullable;

/** Tomcat 10.1 or 11, whichever is on the class path. */
public final class TomcatContainer implements Container {
  /** Room for many, and 66 KB for an idle stream instead of 103; limits the size of cookies. */
  private static final Map<String, String> LEAN =
      Map.of(
          "maxConnections", "100000", // one is one stream; by itself Tomcat stops at 8,192
          "maxHttpRequestHeaderSize", "4096",
          "maxHttpResponseHeaderSize", "2048",
          "maxTrailerSize", "256",
          "socket.appReadBufSize", "1024",
          "socket.appWriteBufSize", "1024");

  static {
    ContainerLogs.quiet();
    TomcatURLStreamHandlerFactory.disable(); // process-wide: other tests may want their own
  }

  @Override
  public String name() {
    return "Tomcat " + ServerInfo.getServerNumber().replaceFirst("\\.0$", "");
  }

  @Override
  public boolean deploysStockWars() {
    return true;
  }

  @Override
  public EmbeddedServer start(ServerConfig config) {
    Path base = TemporaryDirectory.create();
    Tomcat tomcat = new Tomcat();
    Collection<Exception> failures = new ConcurrentLinkedQueue<>();
    try {
      tomcat.setBaseDir(base.toString());
      Files.createDirectories(base.resolve("webapps"));
      Connector cleartext = connector(config, config.port(), config.h2c());
      tomcat.setConnector(cleartext);
      Connector tls = config.tls() ? tlsConnector(config) : null;
      if (tls != null) {
        tomcat.getService().addConnector(tls);
      }
      Context context =
          config.application() instanceof ServerConfig.Classes classes
              ? embedded(tomcat, config.contextPath(), classes, failures)
              : war(tomcat, config.contextPath(), (ServerConfig.War) config.application());
      quietStop((StandardContext) context);
      tomcat.start();
      if (context.getState() != LifecycleState.STARTED) {
        // Tomcat logs what went wrong with an application, and starts without it.
        IllegalStateException failed =
            new IllegalStateException("the context is " + context.getState() + ", see the log");
        failures.forEach(failed::addSuppressed);
        throw failed;
      }
      return new Running(name(), config.contextPath(), tomcat, cleartext, tls, base);
    } catch (IOException | LifecycleException | IllegalStateException e) {
      Running.destroy(tomcat, base);
      throw new IllegalStateException(name() + " did not start", e);
    }
  }

  private static Connector connector(ServerConfig config, int port, boolean http2) {
    Connector connector = new Connector("HTTP/1.1");
    // For tests: a touch of a response after its end lands in the next one, not in an exception.
    connector.setDiscardFacades(!Boolean.getBoolean("server.recycle"));
    connector.setPort(port);
    connector.setThrowOnFailure(true);
    connector.setProperty("address", "127.0.0.1");
    if (config.maxThreads() > 0) {
      connector.setProperty("maxThreads", Integer.toString(config.maxThreads()));
      connector.setProperty("minSpareThreads", Integer.toString(Math.min(10, config.maxThreads())));
    }
    switch (config.connections()) {
      case LEAN -> LEAN.forEach(connector::setProperty);
      case BUSY -> connector.setProperty("socket.appWriteBufSize", "32768");
      case DEFAULT -> {}
    }
    if (http2) {
      Http2Protocol protocol = new Http2Protocol();
      // Else a reset can leave a request half recycled, and the next client gets a 500 for it.
      protocol.setDiscardRequestsAndResponses(true);
      connector.addUpgradeProtocol(protocol);
    }
    return connector;
  }

  private static Connector tlsConnector(ServerConfig config) {
    Connector connector = connector(config, config.tlsPort(), true);
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setProperty("SSLEnabled", "true");
    SSLHostConfig host = new SSLHostConfig();
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
    certificate.setCertificateKeystoreFile(ServerCertificate.keyStore().toString());
    certificate.setCertificateKeystorePassword(ServerCertificate.password());
    certificate.setCertificateKeystoreType("PKCS12");
    host.addCertificate(certificate);
    connector.addSslHostConfig(host);
    return connector;
  }

  private static Context war(Tomcat tomcat, String contextPath, ServerConfig.War war) {
    Context context = tomcat.addWebapp(contextPath, war.location().toString());
    context.setParentClassLoader(
        new ContainerOnlyLoader(
            TomcatContainer.class.getClassLoader(),
            jar -> jar.startsWith("tomcat-embed-") || jar.startsWith("tomcat-annotations-")));
    context.addLifecycleListener(TomcatContainer::removeJsp); // no Jasper here
    // The jars of a stock Tomcat hold nothing to find, and ours is the class path of the test.
    ((StandardJarScanner) context.getJarScanner()).setScanClassPath(false);
    return context;
  }

  private static void removeJsp(LifecycleEvent event) {
    if (event.getType().equals(Lifecycle.BEFORE_START_EVENT)) {
      Context context = (Context) event.getLifecycle();
      List.of("*.jsp", "*.jspx").forEach(context::removeServletMapping);
      context.removeChild(context.findChild("jsp"));
    }
  }

  /** The searches for leaks warn about the JVM's flags with every context that stops. */
  private static void quietStop(StandardContext context) {
    context.setClearReferencesRmiTargets(false);
    context.setClearReferencesThreadLocals(false);
    // By name: Tomcat 10.1 has it on, 11 is about to drop it.
    IntrospectionUtils.setProperty(context, "clearReferencesObjectStreamClassCaches", "false");
  }

  private static Context embedded(
      Tomcat tomcat,
      String contextPath,
      ServerConfig.Classes application,
      Collection<Exception> failures)
      throws IOException {
    Context context = tomcat.addContext(contextPath, null);
    context.setParentClassLoader(Thread.currentThread().getContextClassLoader());
    context.addWelcomeFile("index.html");
    Tomcat.addDefaultMimeTypeMappings(context);
    context.setResources(classPathFiles(context));
    List<ServletContainerInitializer> own =
        List.of(TomcatContainer::addDefaultServlet, new WsSci());
    for (ServerConfig.Initializer each : application.startOrder(own)) {
      context.addServletContainerInitializer(
          (classes, servletContext) -> {
            try {
              each.initializer().onStartup(classes, servletContext);
            } catch (ServletException | RuntimeException e) {
              failures.add(e);
              throw e;
            }
          },
          each.classes());
    }
    return context;
  }

  private static void addDefaultServlet(Set<Class<?>> classes, ServletContext context) {
    ServletRegistration.Dynamic files = context.addServlet("default", new DefaultServlet());
    files.setAsyncSupported(true);
    files.addMapping("/"); // without effect where the application has mapped it
  }

  private static WebResourceRoot classPathFiles(Context context) throws IOException {
    StandardRoot root = new StandardRoot(context);
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (URL url : Collections.list(loader.getResources("META-INF/resources"))) {
      try {
        URLConnection connection = url.openConnection();
        if (connection instanceof JarURLConnection jar) {
          String file = Path.of(jar.getJarFileURL().toURI()).toString();
          root.addJarResources(new JarResourceSet(root, "/", file, "/META-INF/resources"));
        } else {
          root.addJarResources(new DirResourceSet(root, "/", Path.of(url.toURI()).toString(), "/"));
        }
      } catch (URISyntaxException e) {
        throw new IOException("no path for " + url, e);
      }
    }
    return root;
  }

  private static final class Running implements EmbeddedServer {
    private final String container;
    private final String contextPath;
    private final Tomcat tomcat;
    private final Connector cleartext;
    private final @Nullable Connector tls; // null: configured without
    private final Path base;
    private final int port;
    private final int tlsPort;
    private final AtomicBoolean stopped = new AtomicBoolean();

    Running(
        String container,
        String contextPath,
        Tomcat tomcat,
        Connector cleartext,
        @Nullable Connector tls,
        Path base) {
      this.container = container;
      this.contextPath = contextPath;
      this.tomcat = tomcat;
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
        ((StandardService) tomcat.getService()).setGracefulStopAwaitMillis(grace.toMillis());
        destroy(tomcat, base);
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
        } catch (LifecycleException e) {
          throw new IllegalStateException("connector did not stop", e);
        } finally {
          destroy(tomcat, base);
        }
      }
    }

    static void destroy(Tomcat tomcat, Path base) {
      try {
        if (tomcat.getServer().getState().isAvailable()) {
          tomcat.stop();
        }
        tomcat.destroy();
      } catch (LifecycleException e) {
        throw new IllegalStateException("Tomcat did not stop", e);
      } finally {
        TemporaryDirectory.delete(base);
      }
    }
  }
}
