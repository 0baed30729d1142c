package dev.ssebridge.websocket;

import dev.ssebridge.websocket.EndpointMethod.Call;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An annotated endpoint class as an ordinary {@code Endpoint}: one per session, over Server-Sent
 * Events and over the container's own WebSocket alike. It uses only the session it is given.
 *
 * <p>Threading: the session calls it; one message at a time.
 */
final class AnnotatedEndpoint extends Endpoint {
  private static final Logger log = System.getLogger(AnnotatedEndpoint.class.getName());

  private final Deployment deployment;
  private @Nullable Object instance; // null until onOpen has got one

  private AnnotatedEndpoint(Deployment deployment) {
    this.deployment = deployment;
  }

  /** A deployed annotated class: everything that is found out once. Safe for concurrent use. */
  static final class Deployment {
    private final ServerEndpointConfig config;
    private final EndpointMethods methods;
    private final EndpointInstances instances;

    private Deployment(
        ServerEndpointConfig config, EndpointMethods methods, EndpointInstances instances) {
      this.config = config;
      this.methods = methods;
      this.instances = instances;
    }

    /**
     * Checks an annotated class.
     *
     * @param config its path, coders and configurator; they decide, not the class's own annotation
     * @throws DeploymentException if the class is not a valid endpoint
     */
    static Deployment of(ServerEndpointConfig config, EndpointInstances instances)
        throws DeploymentException {
      PathTemplate path = PathTemplate.parse(config.getPath());
      Codecs codecs = Codecs.of(config.getEncoders(), config.getDecoders());
      EndpointMethods methods = EndpointMethods.of(config.getEndpointClass(), path, codecs);
      return new Deployment(config, methods, instances);
    }

    /** The endpoint of a new session. */
    AnnotatedEndpoint newEndpoint() {
      return new AnnotatedEndpoint(this);
    }
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    try {
      instance = deployment.instances.obtain(deployment.config);
    } catch (Throwable e) {
      log.log(Level.ERROR, "No instance of " + deployment.config.getEndpointClass().getName(), e);
      close(session, e);
      return;
    }
    for (MessageMethod method : deployment.methods.onMessage()) {
      listen(session, method);
    }
    if (!invoke(deployment.methods.onOpen(), new Call(session, config, true))) {
      close(session, null);
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    Object ended = instance;
    if (ended == null) {
      return;
    }
    try {
      invoke(deployment.methods.onClose(), new Call(session, reason, true));
    } finally {
      deployment.instances.release(ended);
    }
  }

  /** Calls {@code @OnError}. Without one, or if it fails, the session is closed with 1011. */
  @Override
  public void onError(Session session, Throwable error) {
    EndpointMethod method = deployment.methods.onError();
    Object target = instance;
    if (method == null || target == null) {
      log.log(
          Level.ERROR,
          "Uncaught error in "
              + deployment.config.getEndpointClass().getName()
              + ", which has no @OnError",
          error);
      close(session, error);
      return;
    }
    try {
      method.invoke(target, new Call(session, error, true));
    } catch (Throwable e) {
      e.addSuppressed(error);
      log.log(Level.ERROR, method + " failed", e);
      close(session, e);
    }
  }

  /** Calls a method, if there is one; what it throws goes to onError. */
  private boolean invoke(@Nullable EndpointMethod method, Call call) {
    Object target = instance;
    if (method == null || target == null) {
      return true;
    }
    try {
      method.invoke(target, call);
      return true;
    } catch (Throwable e) {
      onError(call.session(), e);
      return false;
    }
  }

  @SuppressWarnings("unchecked") // the type is a token for the session; both are the method's own
  private void listen(Session session, MessageMethod method) {
    if (method.partial()) {
      session.addMessageHandler(
          (Class<Object>) method.type(),
          (MessageHandler.Partial<Object>)
              (part, last) -> deliver(method, new Call(session, part, last)));
    } else {
      limit(session, method);
      session.addMessageHandler(
          (Class<Object>) method.type(),
          (MessageHandler.Whole<Object>)
              message -> deliver(method, new Call(session, message, true)));
    }
  }

  private static void limit(Session session, MessageMethod method) {
    if (method.maxMessageSize() < 0) {
      return;
    }
    int size = (int) Math.min(method.maxMessageSize(), Integer.MAX_VALUE);
    if (method.kinds().contains(MessageKind.TEXT)) {
      session.setMaxTextMessageBufferSize(size);
    }
    if (method.kinds().contains(MessageKind.BINARY)) {
      session.setMaxBinaryMessageBufferSize(size);
    }
  }

  private void deliver(MessageMethod method, Call call) {
    Object target = instance;
    if (target == null) {
      return;
    }
    try {
      Scalar scalar = method.scalar();
      Call converted =
          scalar == null
              ? call
              : new Call(call.session(), scalar.parse((String) call.subject()), true);
      Object result = method.method().invoke(target, converted);
      if (result != null) {
        send(call.session(), result);
      }
    } catch (Throwable e) {
      onError(call.session(), e);
    }
  }

  private static void send(Session session, Object result) throws IOException, EncodeException {
    RemoteEndpoint.Basic remote = session.getBasicRemote();
    if (result instanceof String text) {
      remote.sendText(text);
    } else if (result instanceof ByteBuffer bytes) {
      remote.sendBinary(bytes);
    } else if (result instanceof byte[] bytes) {
      remote.sendBinary(ByteBuffer.wrap(bytes));
    } else {
      remote.sendObject(result);
    }
  }

  private static void close(Session session, @Nullable Throwable error) {
    if (!session.isOpen()) {
      return;
    }
    String why = error == null ? null : error.getClass().getSimpleName();
    try {
      session.close(new CloseReason(CloseCodes.UNEXPECTED_CONDITION, shorten(why)));
    } catch (IOException e) {
      log.log(Level.DEBUG, "The session could not be told that it is closed", e);
    }
  }

  /** A close reason has at most 123 bytes (RFC 6455 §5.5.1). */
  private static @Nullable String shorten(@Nullable String reason) {
    if (reason == null || reason.getBytes(StandardCharsets.UTF_8).length <= 123) {
      return reason;
    }
    return reason.substring(0, 40); // at most three bytes a char
  }
}
