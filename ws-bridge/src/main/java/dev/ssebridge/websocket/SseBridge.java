package dev.ssebridge.websocket;

import dev.ssebridge.Pump;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket endpoints of one web application, served over Server-Sent Events at their own URLs.
 * Made for the application by {@link SseBridgeInitializer}; found as a context attribute under this
 * class's name.
 *
 * <p>Threading: safe for concurrent use.
 */
public final class SseBridge implements AutoCloseable {
  static final System.Logger LOG = System.getLogger("dev.ssebridge.websocket");

  private static final int TOKEN_BYTES = 16; // 128 random bits: nobody guesses a session
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{22}"); // 16 in base64url

  private final ServletContext context;
  private final BridgeOptions options;
  private final PathTable<Deployed> endpoints = new PathTable<>();
  private final Sessions sessions;
  private final Pump pump;
  private final LongSupplier clock;
  private final boolean manual;
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong sessionIds = new AtomicLong();
  private final BridgeThreads threads;
  private volatile Routing routing;

  SseBridge(ServletContext context, BridgeOptions options) {
    this(context, options, Pump.create(), System::nanoTime, false);
  }

  private SseBridge(
      ServletContext context,
      BridgeOptions options,
      Pump pump,
      LongSupplier clock,
      boolean manual) {
    this.context = context;
    this.pump = pump;
    this.clock = clock;
    this.manual = manual;
    this.options = options;
    routing = options.routing();
    sessions = new Sessions(options.limits());
    long period = Math.max(10, Math.min(1000, options.lease().toMillis() / 4));
    threads = manual ? BridgeThreads.none(this::sweep) : BridgeThreads.start(this::sweep, period);
  }

  /**
   * A bridge without threads, for tests: nothing happens but in the calls that the test makes, and
   * in {@link #runPending}.
   *
   * @param context the application; attributes and a class loader are all that is asked of it
   * @param options its bounds and times
   * @param nanos the clock, in nanoseconds
   * @return the bridge, not in front of anything yet: see {@link #filter}
   */
  public static SseBridge manual(
      ServletContext context, BridgeOptions options, LongSupplier nanos) {
    return new SseBridge(context, options, Pump.manual(nanos, new Random(1)), nanos, true);
  }

  /**
   * Writes, calls back and sweeps until nothing is due, in a {@linkplain #manual manual} bridge.
   *
   * @throws IllegalStateException if the bridge has threads of its own
   */
  public void runPending() {
    do {
      pump.runPending();
    } while (threads.runPending());
  }

  /**
   * What stands in front of the endpoints. {@link SseBridgeInitializer} registers it; tests call
   * it.
   *
   * @return a filter of this bridge
   */
  public Filter filter() {
    return new BridgeFilter(this);
  }

  /** Before a sender waits for a client. Without threads nobody else would write meanwhile. */
  void beforeWaiting() {
    if (manual) {
      pump.runPending();
    }
  }

  /**
   * The bridge of a web application.
   *
   * @param context the application
   * @return its bridge, or null if it has none
   */
  public static @Nullable SseBridge of(ServletContext context) {
    return context.getAttribute(SseBridge.class.getName()) instanceof SseBridge bridge
        ? bridge
        : null;
  }

  /**
   * Serves an annotated endpoint class.
   *
   * @param type annotated with {@code @ServerEndpoint}
   * @throws DeploymentException if the class is not a valid endpoint, or its path is taken
   */
  public void mount(Class<?> type) throws DeploymentException {
    mount(AnnotatedEndpoint.Deployment.configOf(type, null));
  }

  /**
   * Serves an endpoint: a subclass of {@code Endpoint}, or a class whose methods are annotated.
   *
   * @param config its class, path, coders and configurator
   * @throws DeploymentException if it is not a valid endpoint, or its path is taken
   */
  public void mount(ServerEndpointConfig config) throws DeploymentException {
    Deployed endpoint = Deployed.of(config, InjectedInstances.of(context));
    endpoints.add(endpoint.path(), endpoint);
  }

  /**
   * Changes how messages to the clients are routed, from the next message on. Names that clients
   * have been told stay known to them.
   *
   * @param value gives messages their names; {@link Routing#NONE} for none
   */
  public void routeBy(Routing value) {
    routing = Objects.requireNonNull(value, "routing");
  }

  /** Closes every session with 1001, as containers do when an application stops. */
  @Override
  public void close() {
    threads.stopSweeping();
    for (BridgeSession session : sessions.all()) {
      session.end(new CloseReason(CloseCodes.GOING_AWAY, "the application is stopping"));
    }
    pump.close(); // the streams write ws.close and end
    threads.close();
  }

  BridgeOptions options() {
    return options;
  }

  /** What is deployed at the address of a request; null if nothing is. */
  PathTable.@Nullable Match<Deployed> endpointAt(HttpServletRequest request) {
    String path = request.getServletPath();
    String info = request.getPathInfo();
    return endpoints.find(info == null ? path : path + info);
  }

  Sessions sessions() {
    return sessions;
  }

  Routing routing() {
    return routing;
  }

  Pump pump() {
    return pump;
  }

  ServerContainer container() {
    return (ServerContainer) context.getAttribute(ServerContainer.class.getName());
  }

  long nanoTime() {
    return clock.getAsLong();
  }

  String newToken() {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether a text has the form of a token, whosever it is. */
  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  /**
   * An id that no native session of the same application has, since applications use ids as keys.
   */
  String nextSessionId() {
    return "sse-" + Long.toHexString(sessionIds.incrementAndGet());
  }

  /** Runs a callback of the application's on a thread of ours. */
  void callBack(Runnable work) {
    threads.execute(
        () -> {
          try {
            inApplication(work);
          } catch (RuntimeException fault) {
            LOG.log(System.Logger.Level.ERROR, "a callback of the application failed", fault);
          }
        });
  }

  /** Runs work with the application's class loader, which container threads may not have here. */
  void inApplication(Runnable work) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    ClassLoader applications = context.getClassLoader();
    if (before == applications) {
      work.run();
      return;
    }
    thread.setContextClassLoader(applications);
    try {
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private void sweep() {
    long now = nanoTime();
    for (BridgeSession session : sessions.all()) {
      try {
        session.sweep(now);
      } catch (RuntimeException fault) { // one session's trouble must not end the sweeping
        LOG.log(System.Logger.Level.ERROR, "sweeping " + session + " failed", fault);
      }
    }
  }
}
