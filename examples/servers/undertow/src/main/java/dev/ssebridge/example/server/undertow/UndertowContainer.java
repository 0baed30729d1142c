package dev.ssebridge.example.server.undertow;

import dev.ssebridge.example.server.Container;
import dev.ssebridge.example.server.ContainerLogs;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerCertificate;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.server.TemporaryDirectory;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.Version;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.handlers.resource.ClassPathResourceManager;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.server.handlers.resource.Resource;
import io.undertow.server.handlers.resource.ResourceChangeListener;
import io.undertow.server.handlers.resource.ResourceManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

/**
 * Undertow. It has no deployer of its own: of a war it serves the files, the endpoints and the
 * initializers of the libraries, and reads neither {@code web.xml} nor the annotations for
 * servlets, filters and listeners. Where TLS is on, the cleartext port speaks HTTP/2 as well.
 */
public final class UndertowContainer implements Container {
  static {
    ContainerLogs.quiet();
  }

  @Override
  public String name() {
    return "Undertow " + Version.getVersionString().replace(".Final", "");
  }

  @Override
  public boolean deploysStockWars() {
    return false;
  }

  @Override
  public EmbeddedServer start(ServerConfig config) {
    Path base = TemporaryDirectory.create();
    ByteBufferPool buffers = new DefaultByteBufferPool(true, 16 * 1024);
    Running running = null;
    try {
      XnioWorker worker = worker(config);
      DeploymentInfo info =
          config.application() instanceof ServerConfig.Classes classes
              ? embedded(classes, worker, buffers)
              : war((ServerConfig.War) config.application(), base, worker, buffers);
      info.setDeploymentName("app").setTempDir(base.toFile());
      info.setContextPath(config.contextPath().isEmpty() ? "/" : config.contextPath());
      DeploymentManager deployment = Servlets.newContainer().addDeployment(info);
      running = new Running(name(), config, deployment, worker, buffers, base);
      running.start();
      return running;
    } catch (ServletException | IOException | GeneralSecurityException | RuntimeException e) {
      if (running != null) {
        running.kill();
      }
      throw new IllegalStateException(name() + " did not start", e);
    }
  }

  private static XnioWorker worker(ServerConfig config) throws IOException {
    int threads = config.maxThreads() > 0 ? config.maxThreads() : 64;
    return Xnio.getInstance(Undertow.class.getClassLoader())
        .createWorker(
            OptionMap.builder()
                .set(Options.WORKER_IO_THREADS, 2)
                .set(Options.WORKER_TASK_CORE_THREADS, Math.min(8, threads))
                .set(Options.WORKER_TASK_MAX_THREADS, threads)
                .set(Options.TCP_NODELAY, true)
                .getMap());
  }

  private static DeploymentInfo embedded(
      ServerConfig.Classes application, XnioWorker worker, ByteBufferPool buffers) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return deployment(
        loader,
        application.startOrder(List.of()),
        webSocket(application.endpoints(), worker, buffers),
        new ClassPathResourceManager(loader, "META-INF/resources"));
  }

  private static DeploymentInfo war(
      ServerConfig.War war, Path base, XnioWorker worker, ByteBufferPool buffers)
      throws IOException {
    WarContent content = WarContent.read(war.location(), base);
    return deployment(
        content.loader(),
        content.initializers(),
        webSocket(content.endpoints(), worker, buffers),
        new Overlay(
            new PathResourceManager(content.root()),
            new ClassPathResourceManager(content.loader(), "META-INF/resources")));
  }

  private static DeploymentInfo deployment(
      ClassLoader loader,
      List<ServerConfig.Initializer> initializers,
      WebSocketDeploymentInfo webSocket,
      ResourceManager files) {
    DeploymentInfo info =
        Servlets.deployment()
            .setClassLoader(loader)
            .setResourceManager(files)
            .addWelcomePage("index.html")
            .addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, webSocket);
    for (ServerConfig.Initializer each : initializers) {
      info.addServletContainerInitializer(
          new ServletContainerInitializerInfo(
              each.initializer().getClass(),
              new ImmediateInstanceFactory<>(each.initializer()),
              each.classes()));
    }
    return info;
  }

  /** Sorts the classes as the initializer of a WebSocket container does: Undertow has none. */
  private static WebSocketDeploymentInfo webSocket(
      Set<Class<?>> classes, XnioWorker worker, ByteBufferPool buffers) {
    Set<Class<?>> annotated = new LinkedHashSet<>();
    Set<Class<? extends Endpoint>> programmatic = new LinkedHashSet<>();
    Set<ServerApplicationConfig> deciders = new LinkedHashSet<>();
    for (Class<?> each : classes) {
      if (each.isAnnotationPresent(ServerEndpoint.class)) {
        annotated.add(each);
      } else if (Endpoint.class.isAssignableFrom(each)) {
        programmatic.add(each.asSubclass(Endpoint.class));
      } else if (ServerApplicationConfig.class.isAssignableFrom(each)) {
        deciders.add(instance(each.asSubclass(ServerApplicationConfig.class)));
      }
    }
    WebSocketDeploymentInfo info = new WebSocketDeploymentInfo();
    info.setWorker(worker);
    info.setBuffers(buffers);
    if (deciders.isEmpty()) {
      annotated.forEach(info::addEndpoint);
    }
    for (ServerApplicationConfig decider : deciders) {
      decider.getAnnotatedEndpointClasses(annotated).forEach(info::addEndpoint);
      for (ServerEndpointConfig endpoint : decider.getEndpointConfigs(programmatic)) {
        info.addEndpoint(endpoint);
      }
    }
    return info;
  }

  private static <T> T instance(Class<T> type) {
    try {
      return type.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("no instance of " + type, e);
    }
  }

  /** The files of the war hide those of its libraries. */
  private record Overlay(ResourceManager first, ResourceManager second) implements ResourceManager {
    @Override
    public @Nullable Resource getResource(String path) throws IOException {
      Resource found = first.getResource(path);
      return found != null ? found : second.getResource(path);
    }

    @Override
    public boolean isResourceChangeListenerSupported() {
      return false;
    }

    @Override
    public void registerResourceChangeListener(ResourceChangeListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void removeResourceChangeListener(ResourceChangeListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {
      first.close();
      second.close();
    }
  }

  private static final class Running implements EmbeddedServer {
    private final String container;
    private final ServerConfig config;
    private final DeploymentManager deployment;
    private final XnioWorker worker;
    private final ByteBufferPool buffers;
    private final Path base;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private @Nullable Undertow undertow; // null until started
    private @Nullable GracefulShutdownHandler requests; // null until started
    private int port;
    private int tlsPort;

    Running(
        String container,
        ServerConfig config,
        DeploymentManager deployment,
        XnioWorker worker,
        ByteBufferPool buffers,
        Path base) {
      this.container = container;
      this.config = config;
      this.deployment = deployment;
      this.worker = worker;
      this.buffers = buffers;
      this.base = base;
    }

    void start() throws ServletException, IOException, GeneralSecurityException {
      deployment.deploy();
      requests = Handlers.gracefulShutdown(deployment.start());
      String prefix = config.contextPath().isEmpty() ? "/" : config.contextPath();
      Undertow.Builder builder =
          Undertow.builder()
              .setWorker(worker)
              .setByteBufferPool(buffers)
              .setServerOption(UndertowOptions.ENABLE_HTTP2, config.h2c() || config.tls())
              .setHandler(Handlers.path().addPrefixPath(prefix, requests))
              .addHttpListener(config.port(), "127.0.0.1");
      if (config.tls()) {
        builder.addHttpsListener(config.tlsPort(), "127.0.0.1", serverContext());
      }
      undertow = builder.build();
      undertow.start();
      for (Undertow.ListenerInfo listener : undertow.getListenerInfo()) {
        int bound = ((InetSocketAddress) listener.getAddress()).getPort();
        if (listener.getProtcol().equals("https")) {
          tlsPort = bound;
        } else {
          port = bound;
        }
      }
    }

    private static SSLContext serverContext() throws IOException, GeneralSecurityException {
      try (InputStream in = Files.newInputStream(ServerCertificate.keyStore())) {
        char[] password = ServerCertificate.password().toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(in, password);
        KeyManagerFactory managers =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
      }
    }

    @Override
    public String container() {
      return container;
    }

    @Override
    public URI uri() {
      return URI.create("http://127.0.0.1:" + port + config.contextPath() + "/");
    }

    @Override
    public URI httpsUri() {
      if (!config.tls()) {
        throw new IllegalStateException("configured without TLS");
      }
      return URI.create("https://127.0.0.1:" + tlsPort + config.contextPath() + "/");
    }

    @Override
    public void stop(Duration grace) {
      if (stopped.compareAndSet(false, true)) {
        try {
          if (requests != null && !grace.isZero()) {
            requests.shutdown();
            requests.awaitShutdown(grace.toMillis());
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt(); // no grace then
        }
        endApplication();
        endConnections();
        TemporaryDirectory.delete(base);
      }
    }

    @Override
    public void kill() {
      if (stopped.compareAndSet(false, true)) {
        endConnections();
        endApplication();
        TemporaryDirectory.delete(base);
      }
    }

    private void endApplication() {
      try {
        if (deployment.getState() == DeploymentManager.State.STARTED) {
          deployment.stop();
        }
        if (deployment.getState() == DeploymentManager.State.DEPLOYED) {
          deployment.undeploy();
        }
      } catch (ServletException e) {
        throw new IllegalStateException("Undertow did not stop the application", e);
      }
    }

    private void endConnections() {
      if (undertow != null) {
        undertow.stop();
      }
      worker.shutdownNow();
      try {
        worker.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the worker ends by itself
      }
      buffers.close();
    }
  }
}
