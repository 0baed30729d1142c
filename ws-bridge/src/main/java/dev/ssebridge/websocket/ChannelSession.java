package dev.ssebridge.websocket;

import dev.ssebridge.Cursor;
import dev.ssebridge.Publication;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Extension;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket session whose messages are published to a channel of a hub. Put into the set of
 * sessions that an application broadcasts to, it carries every broadcast to all subscribers of the
 * channel, however many there are, with one encoding.
 *
 * <pre>{@code
 * Session channel = ChannelSession.of(hub, "lobby");
 * sessions.add(channel);
 * }</pre>
 *
 * <p>It only sends. A text is an event of the channel's name; its line ends (CR, LF, CRLF) arrive
 * as LF. A binary message is an event of the type {@code <channel>.binary} in base64. Parts are
 * joined into one event. Sends return when the hub has been handed the event, and never wait for a
 * subscriber; the futures and handlers of the asynchronous remote complete when it is in the log.
 * {@link IOException} means that the hub has not taken it, for example because it is closed.
 *
 * <p>Pings and pongs are checked and go nowhere, since streams keep themselves alive. Timeouts,
 * buffer sizes and batching are remembered and change nothing. Message handlers and {@link
 * #getContainer} are refused with {@link UnsupportedOperationException}. After {@link #close} most
 * methods throw {@link IllegalStateException}, as those of every session do; neither the hub nor a
 * stream is closed by it. It equals only itself.
 *
 * <p>Threading: safe for concurrent use. What one thread sends is published in that order.
 */
public final class ChannelSession implements Session {
  private static final AtomicLong IDS = new AtomicLong();
  private static final int DEFAULT_BUFFER = 1 << 20;

  private final SseHub hub;
  private final String channel;
  private final String id;
  private final SessionCodecs codecs;
  private final Map<String, Object> userProperties;
  private final URI uri;
  private final Map<String, String> pathParameters;
  private final Map<String, List<String>> parameters;
  private final @Nullable Principal principal;
  private final Outbound publishing = new Publishing();
  private final BasicRemote basic = new BasicRemote(publishing);
  private final AsyncRemote async = new AsyncRemote(publishing);
  private final AtomicBoolean open = new AtomicBoolean(true);

  private volatile long maxIdleMillis;
  private volatile int maxText = DEFAULT_BUFFER;
  private volatile int maxBinary = DEFAULT_BUFFER;

  private ChannelSession(Builder builder, SessionCodecs codecs, EndpointConfig config) {
    hub = builder.hub;
    channel = builder.channel;
    id = "channel-" + IDS.incrementAndGet() + "-" + channel;
    this.codecs = codecs;
    userProperties = config.getUserProperties();
    uri = builder.uri;
    pathParameters = builder.pathParameters;
    parameters = Handshake.parameters(uri.getRawQuery(), pathParameters);
    principal = builder.principal;
  }

  /**
   * A session for a channel.
   *
   * @param hub where the channel is
   * @param channel its name
   * @return the session, open
   * @throws IllegalArgumentException if the name is not valid
   */
  public static ChannelSession of(SseHub hub, String channel) {
    return builder(hub, channel).open();
  }

  /**
   * Prepares a session that must look like one of an endpoint's: applications choose whom to send
   * to by path parameters, principals and the like.
   *
   * @param hub where the channel is
   * @param channel its name
   * @return for what the session shows
   * @throws IllegalArgumentException if the name is not valid
   */
  public static Builder builder(SseHub hub, String channel) {
    return new Builder(hub, channel);
  }

  /** What a channel's session shows to the application. Not safe for concurrent use. */
  public static final class Builder {
    private final SseHub hub;
    private final String channel;
    private URI uri = URI.create("/");
    private Map<String, String> pathParameters = Map.of();
    private @Nullable Principal principal;
    private List<Class<? extends Encoder>> encoders = List.of();

    private Builder(SseHub hub, String channel) {
      this.hub = Objects.requireNonNull(hub, "hub");
      this.channel = Publication.of(channel, SseEvent.of(binaryType(channel), "")).channel();
    }

    /**
     * Sets the request's URI, and by it the query string and the parameters. Default {@code /}.
     *
     * @param value for example {@code /chat/lobby?name=all}
     * @return this
     */
    public Builder requestUri(URI value) {
      uri = Objects.requireNonNull(value, "uri");
      return this;
    }

    /**
     * Sets the path parameters. Default none.
     *
     * @param value by name; copied
     * @return this
     */
    public Builder pathParameters(Map<String, String> value) {
      pathParameters = Map.copyOf(value);
      return this;
    }

    /**
     * Sets the user. Default none.
     *
     * @param value for {@link Session#getUserPrincipal}
     * @return this
     */
    public Builder userPrincipal(Principal value) {
      principal = Objects.requireNonNull(value, "principal");
      return this;
    }

    /**
     * Sets the encoders for {@code sendObject}, as an endpoint's annotation does. Default none:
     * then strings, bytes, primitives' boxes and characters can be sent.
     *
     * @param values their classes, asked in this order
     * @return this
     */
    public Builder encoders(List<Class<? extends Encoder>> values) {
      encoders = List.copyOf(values);
      return this;
    }

    /**
     * Opens the session.
     *
     * @return the session
     * @throws IllegalArgumentException if an encoder class cannot be one, or gives no instance
     */
    public ChannelSession open() {
      EndpointConfig config = ClientEndpointConfig.Builder.create().encoders(encoders).build();
      try {
        SessionCodecs codecs =
            SessionCodecs.open(Codecs.of(config), config, EndpointInstances.CONFIGURATOR);
        return new ChannelSession(this, codecs, config);
      } catch (DeploymentException | InstantiationException e) {
        throw new IllegalArgumentException("unusable encoder: " + e.getMessage(), e);
      }
    }
  }

  /**
   * A WebSocket session whose messages are published to this channel as well, for a user who comes
   * over either. The result can be used in place of the session in everything:
   *
   * <ul>
   *   <li>Each message is published first, which neither waits nor fails, then sent to the
   *       WebSocket. What comes of that is the caller's result; a channel that fails is logged, and
   *       a WebSocket that fails keeps nothing from the channel.
   *   <li>{@code sendObject} uses the WebSocket's own encoders for the one and this session's for
   *       the other. Pings, pongs and batching are the WebSocket's alone.
   *   <li>Everything else is the WebSocket's: whether it is open, its close, its handlers, its id.
   *       Closing it leaves the channel as it is, and closing this session ends the publishing.
   *   <li>It equals another mirror of the same two, so that what {@code @OnOpen} has put into a set
   *       {@code @OnClose} can take out again; it does not equal the WebSocket session.
   * </ul>
   *
   * <p>Each mirror publishes. To broadcast, put this session itself into the set, once.
   *
   * @param webSocket the session to send to
   * @return the session to use instead
   */
  public Session mirror(Session webSocket) {
    return MirrorSession.of(webSocket, this, publishing);
  }

  /**
   * Where the messages go.
   *
   * @return the channel's name
   */
  public String channel() {
    return channel;
  }

  private static String binaryType(String channel) {
    return channel + ".binary";
  }

  private final class Publishing implements Outbound {
    @Override
    public void send(Encoded message) throws IOException {
      CompletableFuture<Cursor> publishing = publish(message).toCompletableFuture();
      if (publishing.isCompletedExceptionally()) {
        try {
          publishing.join();
        } catch (CompletionException | CancellationException e) {
          throw notPublished(e);
        }
      }
    }

    @Override
    public void sendLater(Encoded message, Consumer<@Nullable IOException> done)
        throws IOException {
      CompletionStage<?> unused =
          publish(message)
              .whenComplete(
                  (cursor, failure) -> done.accept(failure == null ? null : notPublished(failure)));
    }

    private CompletionStage<Cursor> publish(Encoded message) throws IOException {
      requireOpen();
      try {
        return hub.publish(channel, event(message));
      } catch (RuntimeException e) { // an event that the log refuses
        throw notPublished(e);
      }
    }

    private SseEvent event(Encoded message) {
      if (message instanceof Encoded.Text text) {
        return SseEvent.of(text.text());
      }
      ByteBuffer content = ((Encoded.Binary) message).bytes();
      byte[] bytes = new byte[content.remaining()];
      content.get(bytes);
      return SseEvent.of(binaryType(channel), Base64.getEncoder().encodeToString(bytes));
    }

    private IOException notPublished(Throwable failure) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      return new IOException("not published to " + channel, cause);
    }

    @Override
    public void sendControl(boolean ping, ByteBuffer data) {
      requireOpen();
    }

    @Override
    public Encoded encode(Object message) throws EncodeException, IOException {
      requireOpen();
      return codecs.encode(message);
    }
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
  public boolean isOpen() {
    return open.get();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      codecs.close();
    }
  }

  /** Closes. Nobody is told the reason: the channel's streams go on. */
  @Override
  public void close(CloseReason closeReason) {
    close();
  }

  /** {@code channel-<number>-<channel>}, different for each session. */
  @Override
  public String getId() {
    return id;
  }

  /** This session alone. */
  @Override
  public Set<Session> getOpenSessions() {
    requireOpen();
    return Set.of(this);
  }

  @Override
  public WebSocketContainer getContainer() {
    throw new UnsupportedOperationException("the session of a channel has no container");
  }

  @Override
  public void addMessageHandler(MessageHandler handler) {
    throw receivesNothing();
  }

  @Override
  public <T> void addMessageHandler(Class<T> clazz, MessageHandler.Whole<T> handler) {
    throw receivesNothing();
  }

  @Override
  public <T> void addMessageHandler(Class<T> clazz, MessageHandler.Partial<T> handler) {
    throw receivesNothing();
  }

  private UnsupportedOperationException receivesNothing() {
    return new UnsupportedOperationException(
        "the session of the channel " + channel + " receives nothing; it only publishes");
  }

  @Override
  public Set<MessageHandler> getMessageHandlers() {
    requireOpen();
    return Set.of();
  }

  @Override
  public void removeMessageHandler(MessageHandler handler) {
    requireOpen();
  }

  /** 13, as on every session of a container. */
  @Override
  public String getProtocolVersion() {
    requireOpen();
    return "13";
  }

  @Override
  public String getNegotiatedSubprotocol() {
    requireOpen();
    return "";
  }

  @Override
  public List<Extension> getNegotiatedExtensions() {
    requireOpen();
    return List.of();
  }

  /** Whether the URI it was given says so. */
  @Override
  public boolean isSecure() {
    requireOpen();
    return "wss".equals(uri.getScheme()) || "https".equals(uri.getScheme());
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
  public URI getRequestURI() {
    requireOpen();
    return uri;
  }

  /** Those of the URI's query, and the path parameters. */
  @Override
  public Map<String, List<String>> getRequestParameterMap() {
    requireOpen();
    return parameters;
  }

  @Override
  public @Nullable String getQueryString() {
    requireOpen();
    return uri.getRawQuery();
  }

  /** Readable after the close too, as applications look for whom they have lost. */
  @Override
  public Map<String, String> getPathParameters() {
    return pathParameters;
  }

  /** Readable after the close too. */
  @Override
  public Map<String, Object> getUserProperties() {
    return userProperties;
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    return principal;
  }

  private void requireOpen() {
    if (!isOpen()) {
      throw new IllegalStateException("the session of the channel " + channel + " is closed");
    }
  }

  @Override
  public String toString() {
    return "ChannelSession[" + id + (isOpen() ? "]" : ", closed]");
  }
}
