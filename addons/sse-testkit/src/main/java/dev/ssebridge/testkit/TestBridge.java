package dev.ssebridge.testkit;

import dev.ssebridge.websocket.BridgeOptions;
import dev.ssebridge.websocket.SseBridge;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * WebSocket endpoints in a unit test: the bridge as it runs in a container, with requests,
 * responses and a clock that belong to the test. Nothing else is needed on the class path but the
 * servlet and WebSocket APIs, and nothing happens on another thread: when a call returns,
 * everything that follows from it has been done.
 *
 * <pre>{@code
 * try (TestBridge bridge = TestBridge.of(ChatEndpoint.class)) {
 *   TestClient ann = bridge.open("/chat/lobby?name=ann");
 *   ann.sendText("hello");
 *   assertEquals("ann: hello", ann.text());
 * }
 * }</pre>
 *
 * <p>An endpoint gets its instances from its own {@code Configurator}, without a container's
 * injection, and {@code session.getContainer()} is null. A client that {@linkplain TestClient#stall
 * stalls} makes {@code getBasicRemote()} wait for real, as it would in production: give such a test
 * a short {@code sendTimeout}.
 *
 * <p>Threading: one thread.
 */
public final class TestBridge implements AutoCloseable {
  private final TestApplication application = new TestApplication();
  private final List<TestExchange> exchanges = new ArrayList<>();
  private final BridgeOptions options;
  private final List<TestApplication.Work<DeploymentException>> deployed = new ArrayList<>();
  private SseBridge bridge;
  private long nanos;

  private TestBridge(BridgeOptions options) {
    this.options = options;
    bridge = newBridge();
  }

  private SseBridge newBridge() {
    return SseBridge.manual(application.context, options, () -> nanos);
  }

  /**
   * Serves annotated endpoint classes with the {@linkplain BridgeOptions#DEFAULTS defaults}.
   *
   * @param endpoints annotated with {@code @ServerEndpoint}
   * @return the bridge
   * @throws IllegalArgumentException if a class is not a valid endpoint
   */
  public static TestBridge of(Class<?>... endpoints) {
    return of(BridgeOptions.DEFAULTS, endpoints);
  }

  /**
   * Serves annotated endpoint classes.
   *
   * @param options bounds, times and routing
   * @param endpoints annotated with {@code @ServerEndpoint}
   * @return the bridge
   * @throws IllegalArgumentException if a class is not a valid endpoint
   */
  public static TestBridge of(BridgeOptions options, Class<?>... endpoints) {
    var made = new TestBridge(options);
    for (Class<?> each : endpoints) {
      made.deploy(() -> made.bridge().mount(each));
    }
    return made;
  }

  /**
   * Serves one more endpoint, for example a programmatic one.
   *
   * @param config builds its configuration, which the API refuses to do where there is neither a
   *     container nor this test kit
   * @return this
   * @throws IllegalArgumentException if it is not a valid endpoint
   */
  public TestBridge mount(Supplier<ServerEndpointConfig> config) {
    deploy(() -> bridge.mount(config.get()));
    return this;
  }

  private void deploy(TestApplication.Work<DeploymentException> mounting) {
    try {
      application.run(mounting);
      deployed.add(mounting);
    } catch (DeploymentException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Stops the application and starts it again, with the same endpoints and options. With a {@link
   * BridgeOptions#sessionFile session file} the clients can {@linkplain TestClient#resume resume}.
   */
  public void restart() {
    application.run(bridge::close);
    settle();
    bridge = newBridge();
    List<TestApplication.Work<DeploymentException>> again = List.copyOf(deployed);
    deployed.clear();
    again.forEach(this::deploy);
  }

  /**
   * The bridge itself, to change its routing, for example.
   *
   * @return the bridge; another one after a {@link #restart}
   */
  public SseBridge bridge() {
    return bridge;
  }

  /**
   * Opens a session.
   *
   * @param target path and query, such as {@code /chat/lobby?name=ann}
   * @return its client
   * @throws RefusedException if the handshake is refused
   */
  public TestClient open(String target) {
    return at(target).open();
  }

  /**
   * Prepares a client that shows more than an address.
   *
   * @param target path and query, such as {@code /chat/lobby?name=ann}
   * @return for headers and the user
   */
  public TestHandshake at(String target) {
    return new TestHandshake(this, target);
  }

  /**
   * Lets time pass, and what is due happen: heartbeats, leases, idle timeouts.
   *
   * @param time how much
   */
  public void advance(Duration time) {
    nanos += time.toNanos();
    settle();
  }

  /** Lets so much time pass that every session without a connection ends, with 1006. */
  public void expireLeases() {
    advance(options.lease().plusMillis(1));
  }

  /**
   * Stops the application: every session closes with 1001.
   *
   * @throws AssertionError if the bridge has used a response as no container allows it
   */
  @Override
  public void close() {
    application.run(bridge::close);
    settle();
    List<String> violations =
        exchanges.stream().flatMap(exchange -> exchange.violations.stream()).toList();
    if (!violations.isEmpty()) {
      throw new AssertionError("against the servlet specification: " + violations);
    }
  }

  /** Sends a request through the bridge's filter, and waits for all that comes of it. */
  TestExchange exchange(TestHandshake from, String method, String target, byte[] body) {
    var exchange =
        new TestExchange(application.context, method, target, from.headers(), from.user(), body);
    exchanges.add(exchange);
    try {
      application.run(() -> serve(exchange));
      exchange.leave();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    settle();
    return exchange;
  }

  private void serve(TestExchange exchange) throws IOException {
    FilterChain noEndpoint = (request, response) -> exchange.status = 404;
    try {
      bridge.filter().doFilter(exchange.request, exchange.response, noEndpoint);
    } catch (ServletException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs the pump, the callbacks and the container until none has anything more to do. */
  void settle() {
    boolean more = true;
    while (more) {
      application.run(bridge::runPending);
      more = false;
      for (TestExchange exchange : List.copyOf(exchanges)) {
        try {
          exchange.finish();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        more |= runStarted(exchange);
      }
    }
  }

  private boolean runStarted(TestExchange exchange) {
    boolean[] ran = new boolean[1];
    application.run(() -> ran[0] = exchange.runStarted());
    return ran[0];
  }
}
