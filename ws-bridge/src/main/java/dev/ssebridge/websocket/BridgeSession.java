package dev.ssebridge.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Frame;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket session whose transport is an event stream and POSTs. It outlives its streams: one
 * that breaks is continued by the next from where the client's cursor stands, and the endpoint
 * notices nothing. It ends by {@link #close}, by the client's close, or when no stream has come for
 * a lease.
 *
 * <p>Threading: safe for concurrent use. The endpoint is called for one message at a time.
 */
final class BridgeSession implements Session, Outbound {
  private final SseBridge bridge;
  private final Deployed deployed;
  private final Handshake handshake;
  private final String token; // the client's secret: never shown to the application, never logged
  private final String id;
  private final Endpoint endpoint;
  private final SessionLog log;
  private final Inbox inbox;
  private final SessionCodecs codecs;
  private final MessageHandlers handlers;
  private final BasicRemote basic = new BasicRemote(this);
  private final AsyncRemote async = new AsyncRemote(this);

  private final Map<String, Object> userProperties;

  private final AtomicBoolean open = new AtomicBoolean(true);
  private final AtomicBoolean begun = new AtomicBoolean(); // @OnOpen has been or must not be called
  private volatile boolean frozen; // goes on after the restart
  private volatile boolean over; // @OnClose has returned: the session can be asked nothing more
  private final ReentrantLock attaching = new ReentrantLock(); // before the log's; swaps the stream

  @GuardedBy("attaching")
  private SessionLog.@Nullable Reader reader;

  private final ReentrantLock announcing = new ReentrantLock(); // before the log's

  /** How many of the endpoint's routes the client is told; never ahead of what is in the log. */
  private volatile int announced;

  private volatile @Nullable SessionStream stream; // written under attaching; read to wake it
  private volatile long aloneSince; // nanoTime when the last stream ended, or the session closed
  private volatile boolean closed; // ws.close is in the log, and aloneSince says since when
  private volatile long activeAt; // nanoTime of the last message either way
  private volatile long maxIdleMillis;
  private volatile int maxText;
  private volatile int maxBinary;

  /**
   * Makes a session that is not open yet; {@link #discard} it if it does not come to that.
   *
   * @throws InstantiationException if the application gives no endpoint or coder
   */
  BridgeSession(SseBridge bridge, Deployed deployed, Handshake handshake, String token)
      throws InstantiationException {
    this.bridge = bridge;
    this.deployed = deployed;
    this.handshake = handshake;
    this.token = token;
    id = bridge.nextSessionId();
    codecs = deployed.openCodecs(handshake.config());
    endpoint = newEndpoint(deployed, codecs);
    handlers = new MessageHandlers(this, codecs, this::report);
    log = new SessionLog(token, bridge.options(), bridge::callBack);
    inbox = new Inbox(bridge.options().inboxMessages(), this::receive);
    userProperties = new ConcurrentHashMap<>(handshake.config().getUserProperties());
    ServerContainer container = bridge.container();
    if (container != null) {
      maxIdleMillis = container.getDefaultMaxSessionIdleTimeout();
      async.setSendTimeout(container.getDefaultAsyncSendTimeout());
    }
    maxText = bridge.options().maxMessageBytes();
    maxBinary = maxText;
    announced = deployed.downstream().routes().size(); // those stand in ws.open
    aloneSince = bridge.nanoTime();
    activeAt = aloneSince;
  }

  private static Endpoint newEndpoint(Deployed deployed, SessionCodecs codecs)
      throws InstantiationException {
    boolean made = false;
    try {
      Endpoint endpoint = deployed.newEndpoint();
      made = true;
      return endpoint;
    } finally {
      if (!made) {
        codecs.close();
      }
    }
  }

  /**
   * Makes a session go on that was {@linkplain #freeze frozen}: for its client it is the same, for
   * the endpoint a new one.
   *
   * @throws InstantiationException if the application gives no endpoint or coder
   * @throws IOException if what was saved is not whole
   */
  static BridgeSession thaw(
      SseBridge bridge, Deployed deployed, Handshake handshake, SavedSession saved)
      throws InstantiationException, IOException {
    List<Frame> messages = saved.frames();
    var session = new BridgeSession(bridge, deployed, handshake, saved.token());
    session.log.thaw(saved.last(), messages);
    session.inbox.thaw(saved.received(), saved.taken());
    return session;
  }

  // The transport's side

  /** The handshake has failed: the endpoint will never hear of this session. */
  void discard() {
    open.set(false);
    over = true;
    deployed.leave(this);
    deployed.release(endpoint);
    codecs.close();
  }

  Deployed endpoint() {
    return deployed;
  }

  Handshake handshake() {
    return handshake;
  }

  String token() {
    return token;
  }

  Inbox inbox() {
    return inbox;
  }

  /** The offset of {@code ws.close}, once the session is closed. */
  long end() {
    return log.last();
  }

  /** Whether a client that has seen this offset has seen the session's end. */
  boolean isEnd(long offset) {
    return log.isEnd(offset);
  }

  /**
   * Takes the session from the stream that carries it, for a newer one.
   *
   * @param offset what the client has seen; 0 with a new session
   * @return reads what follows; null if that is not all here
   */
  SessionLog.@Nullable Reader claim(long offset) {
    attaching.lock();
    try {
      SessionLog.Reader mine = log.attach(offset);
      if (mine != null) {
        reader = mine; // with the log's own in one step: two that come together must not disagree
      }
      return mine;
    } finally {
      attaching.unlock();
    }
  }

  /** The stream of a reader is open now, unless a newer one has been faster. */
  void carriedBy(SessionLog.Reader mine, SessionStream opened) {
    SessionStream replaced = null;
    attaching.lock();
    try {
      if (reader == mine) {
        replaced = stream;
        stream = opened;
      }
    } finally {
      attaching.unlock();
    }
    if (replaced != null) {
      replaced.endIfEmpty(StreamEnd.REPLACED);
    }
  }

  /** The stream of a reader has ended. */
  void detach(SessionLog.Reader gone) {
    attaching.lock();
    try {
      if (reader != gone) {
        return; // a newer stream has taken over
      }
      reader = null;
      stream = null;
      aloneSince = bridge.nanoTime();
      log.detach(gone);
    } finally {
      attaching.unlock();
    }
  }

  /** Nobody needs what the stream has still to read. */
  private void leaveStream() {
    SessionStream left;
    attaching.lock();
    try {
      left = stream;
      if (reader != null) {
        detach(reader);
      }
    } finally {
      attaching.unlock();
    }
    if (left != null) {
      left.endIfEmpty(StreamEnd.COMPLETED);
    }
  }

  /** What {@code ws.open} says. */
  String greeting(boolean resumed, boolean lost, StreamOptions options) {
    return "{\"session\":"
        + Downstream.json(token)
        + ",\"protocol\":"
        + Downstream.json(handshake.protocol())
        + ",\"extensions\":\"\",\"maxMessage\":"
        + maxText
        + ",\"maxBatch\":"
        + bridge.options().maxBatchBytes()
        + ",\"heartbeat\":"
        + options.heartbeat().toMillis()
        + ",\"lease\":"
        + bridge.options().lease().toMillis()
        + ",\"routes\":"
        + Downstream.array(deployed.downstream().routes())
        + (bridge.options().limits().perStream() > 1 ? ",\"share\":true" : "")
        + (resumed ? ",\"resumed\":true" : "")
        + (lost ? ",\"lost\":true" : "")
        + "}";
  }

  /** Once: runs {@code @OnOpen}, then lets the messages through that have come meanwhile. */
  void begin() {
    if (!begun.compareAndSet(false, true)) {
      return;
    }
    SessionStream first = stream;
    Runnable opening =
        () ->
            bridge.inApplication(
                () -> {
                  try {
                    endpoint.onOpen(this, handshake.config());
                  } catch (RuntimeException | Error fault) { // an annotated endpoint's never comes
                    report(fault);
                    end(new CloseReason(CloseCodes.UNEXPECTED_CONDITION, "@OnOpen has failed"));
                  } finally {
                    inbox.release();
                  }
                });
    if (first == null || !first.startOnContainer(opening)) {
      bridge.callBack(opening);
    }
  }

  /**
   * Closes without a word to the client, which may go on after the restart; {@code @OnClose} runs
   * with 1001.
   *
   * @param taken what its inbox had left when it was frozen
   * @return what is to be saved; null if the session has been closed
   */
  @Nullable SavedSession freeze(List<Upstream> taken) {
    if (!open.compareAndSet(true, false)) {
      return null;
    }
    frozen = true;
    String sent = log.freeze();
    var saved =
        new SavedSession(
            token,
            deployed.path().toString(),
            handshake.opening(),
            log.last(),
            sent,
            inbox.received(),
            taken);
    tellClosed(SseBridge.STOPPING);
    return saved;
  }

  /** Frozen, and nobody will thaw it: tells the client after all. */
  void giveUp() {
    frozen = false;
    log.close(Downstream.close(SseBridge.STOPPING));
    wakeStream();
  }

  /** Whether it takes nothing here any more, but will after the restart. */
  boolean isFrozen() {
    return frozen;
  }

  /** Looks at the clock: ends what nobody came back for. */
  void sweep(long now) {
    long lease = bridge.options().lease().toNanos();
    boolean alone = stream == null && now - aloneSince > lease;
    if (closed) {
      if (now - aloneSince > lease) {
        bridge.sessions().remove(this);
        leaveStream();
      }
    } else if (!open.get()) {
      return; // is being closed
    } else if (alone) {
      bridge.sessions().remove(this);
      bridge.callBack(() -> abort("the client did not come back"));
    } else if (maxIdleMillis > 0 && now - activeAt > TimeUnit.MILLISECONDS.toNanos(maxIdleMillis)) {
      bridge.callBack(() -> end(new CloseReason(CloseCodes.GOING_AWAY, "idle for too long")));
    }
  }

  /** Handles one event from the client, on a container thread, in order. */
  private void receive(Upstream message) {
    activeAt = bridge.nanoTime();
    if (!open.get()) {
      return;
    }
    bridge.inApplication(
        () -> {
          try {
            deliver(message);
          } catch (RuntimeException | Error fault) {
            if (!over) { // else it is only that the session cannot be asked any more
              report(fault);
            }
          }
        });
  }

  private void report(Throwable fault) {
    try {
      endpoint.onError(this, fault);
    } catch (RuntimeException | Error again) {
      again.addSuppressed(fault);
      SseBridge.LOG.log(System.Logger.Level.ERROR, "onError of " + deployed + " failed", again);
    }
  }

  private void deliver(Upstream message) {
    if (message instanceof Upstream.Text text) {
      afterDelivery(
          switch (text.part()) {
            case WHOLE -> handlers.text(text.text());
            case MORE -> handlers.textPart(text.text(), false);
            case LAST -> handlers.textPart(text.text(), true);
          });
    } else if (message instanceof Upstream.Binary binary) {
      ByteBuffer content = ByteBuffer.wrap(binary.content);
      afterDelivery(
          switch (binary.part) {
            case WHOLE -> handlers.binary(content);
            case MORE -> handlers.binaryPart(content, false);
            case LAST -> handlers.binaryPart(content, true);
          });
    } else if (message instanceof Upstream.Close close) {
      CloseReason reason = close.reason();
      end(reason == null ? new CloseReason(CloseCodes.NO_STATUS_CODE, null) : reason);
    } else if (message instanceof Upstream.Control control && !control.ping) {
      handlers.pong(ByteBuffer.wrap(control.content));
    } else if (message instanceof Upstream.Control ping) {
      try {
        append(Downstream.pong(ByteBuffer.wrap(ping.content)), null);
      } catch (IOException closedMeanwhile) {
        // nobody is left to answer
      }
    }
  }

  /** The largest text or binary message taken now, in bytes; a session without a limit has one. */
  long maxBytes(boolean binary) {
    int limit = binary ? maxBinary : maxText;
    return limit <= 0 ? bridge.options().maxBatchBytes() : limit;
  }

  private void afterDelivery(MessageHandlers.Delivery delivery) {
    if (delivery == MessageHandlers.Delivery.TOO_BIG) {
      end(new CloseReason(CloseCodes.TOO_BIG, "the message is too big"));
    }
  }

  // The endpoint's side

  /** Appends a message, waiting while the client is too far behind. */
  @Override
  public void send(Encoded message) throws IOException {
    send(frame(message));
  }

  @Override
  public void sendLater(Encoded message, Consumer<@Nullable IOException> done) throws IOException {
    append(frame(message), written -> done.accept(written ? null : closedBefore()));
  }

  @Override
  public void sendControl(boolean ping, ByteBuffer data) throws IOException {
    send(ping ? Downstream.ping(data) : Downstream.pong(data));
  }

  @Override
  public Encoded encode(Object message) throws EncodeException, IOException {
    return codecs.encode(message);
  }

  private Frame frame(Encoded message) throws IOException {
    Downstream downstream = deployed.downstream();
    if (message instanceof Encoded.Binary binary) {
      return downstream.binary(binary.bytes());
    }
    Frame frame = downstream.text(((Encoded.Text) message).text(), bridge.routing());
    Set<String> routes = downstream.routes();
    if (routes.size() > announced) {
      announce(routes);
    }
    return frame;
  }

  /** Tells the client new names in front of the first message that has one of them. */
  private void announce(Set<String> routes) throws IOException {
    SessionLog.Append taken = SessionLog.Append.TAKEN;
    announcing.lock();
    try {
      if (routes.size() > announced) {
        taken = log.append(Downstream.routes(routes), null);
        if (taken == SessionLog.Append.TAKEN) {
          announced = routes.size();
        }
      }
    } finally {
      announcing.unlock();
    }
    requireTaken(taken); // may close the session, so not under the lock
  }

  private void send(Frame frame) throws IOException {
    long timeout = bridge.options().sendTimeout().toNanos();
    try {
      bridge.beforeWaiting();
      if (!log.awaitRoom(timeout)) {
        throw new IOException(
            "the client of " + id + " took nothing for " + bridge.options().sendTimeout());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the client was behind", e);
    }
    append(frame, null);
  }

  /** Appends a message at once. */
  private void append(Frame frame, @Nullable Consumer<Boolean> onWritten) throws IOException {
    requireTaken(log.append(frame, onWritten));
    activeAt = bridge.nanoTime();
    wakeStream();
  }

  private void requireTaken(SessionLog.Append taken) throws IOException {
    if (taken == SessionLog.Append.FULL) {
      abort("the client is too far behind");
      throw new IOException("the client is too far behind; the session has been closed");
    }
    if (taken == SessionLog.Append.CLOSED) {
      throw closedBefore();
    }
  }

  static IOException closedBefore() {
    return new IOException("the session is closed");
  }

  /** Ends the session without the client's consent: 1006. */
  void abort(String why) {
    end(new CloseReason(CloseCodes.CLOSED_ABNORMALLY, why));
  }

  /** Closes once: tells the client by its stream and the endpoint by {@code @OnClose}. */
  void end(CloseReason reason) {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    log.close(Downstream.close(reason));
    inbox.close();
    attaching.lock();
    try {
      aloneSince = bridge.nanoTime();
      closed = true;
    } finally {
      attaching.unlock();
    }
    wakeStream();
    tellClosed(reason);
  }

  private void wakeStream() {
    SessionStream current = stream;
    if (current != null) {
      current.wake();
    }
  }

  /** {@code @OnClose}, if there was {@code @OnOpen}. */
  private void tellClosed(CloseReason reason) {
    boolean unknown = begun.compareAndSet(false, true);
    bridge.inApplication(
        () -> {
          try {
            if (!unknown) {
              endpoint.onClose(this, reason);
            }
          } catch (RuntimeException | Error fault) {
            report(fault);
          } finally {
            over = true;
            deployed.leave(this);
            deployed.release(endpoint);
            codecs.close();
          }
        });
  }

  @Override
  public void requireTaking() throws IOException {
    if (!open.get()) {
      throw closedBefore();
    }
  }

  @Override
  public void callBack(Runnable work) {
    bridge.callBack(work);
  }

  @Override
  public void close() {
    close(new CloseReason(CloseCodes.NORMAL_CLOSURE, ""));
  }

  @Override
  public void close(@Nullable CloseReason reason) {
    if (reason == null) {
      throw new IllegalArgumentException("the reason must not be null");
    }
    end(reason);
  }

  @Override
  public boolean isOpen() {
    return open.get();
  }

  @Override
  public RemoteEndpoint.Basic getBasicRemote() {
    requireOpen();
    return basic;
  }

  @Override
  public RemoteEndpoint.Async getAsyncRemote() {
    requireOpen();
    return async;
  }

  @Override
  public Set<Session> getOpenSessions() {
    requireOpen();
    return deployed.openSessions();
  }

  @Override
  public WebSocketContainer getContainer() {
    requireOpen();
    return Objects.requireNonNull(bridge.container(), "the container has no WebSocket");
  }

  @Override
  public void addMessageHandler(MessageHandler handler) {
    requireOpen();
    handlers.add(handler);
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Whole<T> handler) {
    requireOpen();
    handlers.add(type, handler);
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Partial<T> handler) {
    requireOpen();
    handlers.add(type, handler);
  }

  @Override
  public Set<MessageHandler> getMessageHandlers() {
    requireOpen();
    return handlers.all();
  }

  @Override
  public void removeMessageHandler(MessageHandler handler) {
    requireOpen();
    handlers.remove(handler);
  }

  @Override
  public String getProtocolVersion() {
    requireOpen();
    return "13"; // what an endpoint expects to see; RFC 6455 §4.1
  }

  @Override
  public String getNegotiatedSubprotocol() {
    requireOpen();
    return handshake.protocol();
  }

  @Override
  public List<Extension> getNegotiatedExtensions() {
    requireOpen();
    return List.of();
  }

  @Override
  public boolean isSecure() {
    requireOpen();
    return handshake.isSecure();
  }

  @Override
  public long getMaxIdleTimeout() {
    requireOpen();
    return maxIdleMillis;
  }

  @Override
  public void setMaxIdleTimeout(long milliseconds) {
    requireOpen();
    maxIdleMillis = milliseconds;
  }

  @Override
  public void setMaxBinaryMessageBufferSize(int length) {
    requireOpen();
    maxBinary = length;
  }

  @Override
  public int getMaxBinaryMessageBufferSize() {
    requireOpen();
    return maxBinary;
  }

  @Override
  public void setMaxTextMessageBufferSize(int length) {
    requireOpen();
    maxText = length;
  }

  @Override
  public int getMaxTextMessageBufferSize() {
    requireOpen();
    return maxText;
  }

  @Override
  public String getId() {
    return id;
  }

  @Override
  public URI getRequestURI() {
    requireOpen();
    return handshake.getRequestURI();
  }

  @Override
  public Map<String, List<String>> getRequestParameterMap() {
    requireOpen();
    return handshake.getParameterMap();
  }

  @Override
  public @Nullable String getQueryString() {
    requireOpen();
    return handshake.getQueryString();
  }

  @Override
  public Map<String, String> getPathParameters() {
    requireOpen();
    return handshake.pathParameters();
  }

  @Override
  public Map<String, Object> getUserProperties() {
    requireOpen();
    return userProperties;
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    requireOpen();
    return handshake.getUserPrincipal();
  }

  /** Within {@code @OnClose} the session can still be asked what it was. */
  private void requireOpen() {
    if (over) {
      throw new IllegalStateException("the session is closed");
    }
  }

  @Override
  public String toString() {
    return "BridgeSession["
        + id
        + " "
        + handshake.getRequestURI().getPath()
        + (isOpen() ? "]" : ", closed]");
  }
}
