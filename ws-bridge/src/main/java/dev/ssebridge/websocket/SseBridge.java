package dev.ssebridge.websocket;

import dev.ssebridge.Pump;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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

  static final CloseReason STOPPING =
      new CloseReason(CloseCodes.GOING_AWAY, "the application is stopping");

  private static final int TOKEN_BYTES = 16; // 128 random bits: nobody guesses a session
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{22}"); // 16 in base64url

  private final ServletContext context;
  private final BridgeOptions options;
  private final PathTable<Deployed> endpoints = new PathTable<>();
  private final Sessions sessions;
  private final SavedSessions saved;
  private final AtomicBoolean stopping = new AtomicBoolean(); // the sessions have been saved
  private final Pump pump;
  private final LongSupplier clock;
  private final boolean manual;
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong sessionIds = new AtomicLong();
  private final BridgeThreads threads;
  private final Canary canary = new Canary();
  private volatile Routing routing;
  private final Map<PathTemplate, BridgeMode> modes = new ConcurrentHashMap<>();
  private volatile BridgeMode mode;
  private final Set<String> notAdopted = ConcurrentHashMap.newKeySet(); // paths: each is said once
  private volatile @Nullable NativeContainer nativeContainer; // from its first use on

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
    mode = options.mode();
    options.endpointModes().forEach(this::switchTo);
    sessions = new Sessions(options.limits());
    SessionFile file = options.sessionFile();
    saved =
        new SavedSessions(
            file == null ? List.of() : file.take(), nanoTime() + options.lease().toNanos());
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
    Deployed unused = deploy(config);
  }

  Deployed deploy(ServerEndpointConfig config) throws DeploymentException {
    Deployed endpoint = Deployed.of(config, InjectedInstances.of(context));
    endpoints.add(endpoint.path(), endpoint);
    return endpoint;
  }

  /** Takes an endpoint back that the container has refused. */
  void withdraw(Deployed endpoint) {
    endpoints.remove(endpoint.path(), endpoint);
  }

  /**
   * Switches all endpoints over that have no mode of their own, at once. Sessions that are open go
   * on as they are.
   *
   * @param value the mode from now on
   */
  public void switchTo(BridgeMode value) {
    mode = value;
  }

  /**
   * Switches one endpoint over, at once. Sessions that are open go on as they are.
   *
   * @param path the path at which it is or will be deployed, such as {@code /chat/{room}}
   * @param value its mode from now on
   * @throws IllegalArgumentException if the path is no template
   */
  public void switchTo(String path, BridgeMode value) {
    try {
      modes.put(PathTemplate.parse(path), value);
    } catch (DeploymentException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private BridgeMode modeOf(Deployed endpoint) {
    return modes.getOrDefault(endpoint.path(), mode);
  }

  /** Whether new sessions are opened over Server-Sent Events. */
  boolean isOn(Deployed endpoint) {
    return modeOf(endpoint) != BridgeMode.OFF;
  }

  /** Whether there may be sessions over Server-Sent Events. */
  boolean isServed(Deployed endpoint) {
    return isOn(endpoint)
        || endpoint.openSessions().stream().anyMatch(BridgeSession.class::isInstance);
  }

  /** The container's WebSocket, if upgrades at an endpoint are to come through the bridge. */
  @Nullable NativeContainer takingUpgrades(Deployed endpoint) {
    NativeContainer container = nativeContainer();
    return container != null
            && container.kind() != ContainerKind.OTHER
            && modeOf(endpoint) == BridgeMode.ROOM
        ? container
        : null;
  }

  /** The container's own WebSocket; null if it has none. */
  @Nullable NativeContainer nativeContainer() {
    NativeContainer known = nativeContainer;
    if (known == null) {
      ServerContainer container = ContainerView.containerOf(context);
      if (container != null) {
        known = new NativeContainer(container);
        nativeContainer = known;
      }
    }
    return known;
  }

  /**
   * Serves what the container has deployed, where it tells.
   *
   * @throws DeploymentException if an endpoint is not valid
   */
  void adoptAll() throws DeploymentException {
    NativeContainer container = nativeContainer();
    for (ServerEndpointConfig config :
        container == null || !container.tellsAll()
            ? List.<ServerEndpointConfig>of()
            : container.all()) {
      if (!endpoints.has(PathTemplate.parse(config.getPath()))) {
        mount(config);
      }
    }
  }

  /** The endpoint for a request, also one that the container has and we have not seen added. */
  PathTable.@Nullable Match<Deployed> endpointAt(HttpServletRequest request) {
    String info = request.getPathInfo();
    String path = info == null ? request.getServletPath() : request.getServletPath() + info;
    PathTable.Match<Deployed> match = endpoints.find(path);
    NativeContainer container = nativeContainer();
    if (container != null && (match == null || !match.template().isExact())) {
      boolean more = false;
      for (ServerEndpointConfig late : container.candidates(path)) {
        more |= adopt(late);
      }
      return more ? endpoints.find(path) : match;
    }
    return match;
  }

  private boolean adopt(ServerEndpointConfig late) {
    try {
      PathTemplate path = PathTemplate.parse(late.getPath());
      if (endpoints.has(path)) {
        return false;
      }
      mount(late);
      return true;
    } catch (DeploymentException e) {
      if (notAdopted.add(late.getPath())) {
        LOG.log(System.Logger.Level.WARNING, "served over WebSocket only: " + late.getPath(), e);
      }
      return false;
    }
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

  /**
   * Sets how many of a hundred users get SSE, of those whose clients leave the choice to the server
   * ({@code transport: "auto"}); the others are told to use WebSocket. Takes effect with the next
   * connection; sessions that are open go on. A user is the principal, else the HTTP session, else
   * the address and browser. At the start it is {@code dev.ssebridge.ssePercent}, a context
   * parameter or system property; default 100.
   *
   * @param percent from 0 to 100
   * @throws IllegalArgumentException if it is not
   */
  public void serveOverSse(int percent) {
    canary.percent(percent);
  }

  /**
   * Closes every session with 1001, as containers do when an application stops. With a {@linkplain
   * BridgeOptions#sessionFile session file} the clients are not told: after the restart they go on.
   */
  @Override
  public void close() {
    threads.stopSweeping();
    SessionFile file = options.sessionFile();
    if (file != null && stopping.compareAndSet(false, true)) {
      save(file);
    }
    for (BridgeSession session : sessions.all()) {
      session.end(STOPPING);
    }
    for (Deployed endpoint : endpoints.all()) {
      for (Session session : endpoint.openSessions()) {
        if (session instanceof NativeSession) { // not every container closes them by itself
          closeQuietly(session);
        }
      }
    }
    pump.close(); // the streams write ws.close and end
    threads.close();
  }

  /** In two steps: what one endpoint still sends to the other sessions must not be too late. */
  private void save(SessionFile file) {
    Map<BridgeSession, List<Upstream>> idle = new LinkedHashMap<>();
    List<BridgeSession> frozen = new ArrayList<>();
    try (SessionFile.Writer out = file.write()) {
      long deadline = nanoTime() + file.maxWait().toNanos();
      for (BridgeSession session : sessions.all()) {
        List<Upstream> taken = session.inbox().freeze(Math.max(0, deadline - nanoTime()));
        if (taken != null) {
          idle.put(session, taken);
        }
      }
      boolean room = true;
      for (SavedSession waiting : saved.all()) { // its client has not noticed the last restart yet
        room &= out.add(waiting);
      }
      for (Map.Entry<BridgeSession, List<Upstream>> each : idle.entrySet()) {
        BridgeSession session = each.getKey();
        SavedSession one = session.freeze(each.getValue());
        if (one == null) {
          continue;
        }
        frozen.add(session);
        if (!out.add(one)) {
          room = false;
          session.giveUp();
        }
      }
      if (!room) {
        LOG.log(
            System.Logger.Level.WARNING,
            "sessions have been closed: not all of them fit into " + file);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the sessions are closed: cannot save them", e);
      frozen.forEach(BridgeSession::giveUp);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(Session session) {
    try {
      session.close(STOPPING);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a client was not told that the application stops", e);
    }
  }

  BridgeOptions options() {
    return options;
  }

  Sessions sessions() {
    return sessions;
  }

  /** The sessions from before the restart. */
  SavedSessions saved() {
    return saved;
  }

  /** Whether there is a session, be it one that waits for its client since the restart. */
  boolean knows(String token) {
    return sessions.find(token) != null || saved.find(token) != null;
  }

  /** What is deployed at a path, as it was deployed; null if nothing is. */
  @Nullable Deployed endpointOf(String path) {
    for (Deployed endpoint : endpoints.all()) {
      if (endpoint.path().toString().equals(path)) {
        return endpoint;
      }
    }
    return null;
  }

  Canary canary() {
    return canary;
  }

  Routing routing() {
    return routing;
  }

  Pump pump() {
    return pump;
  }

  @Nullable ServerContainer container() {
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
    saved.sweep(now);
    for (BridgeSession session : sessions.all()) {
      try {
        session.sweep(now);
      } catch (RuntimeException fault) { // one session's trouble must not end the sweeping
        LOG.log(System.Logger.Level.ERROR, "sweeping " + session + " failed", fault);
      }
    }
  }
}
