package dev.ssebridge.websocket;

import dev.ssebridge.websocket.EndpointMethod.Call;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DecodeException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final Object instance;
  private final AtomicBoolean released = new AtomicBoolean();

  private AnnotatedEndpoint(Deployment deployment, Object instance) {
    this.deployment = deployment;
    this.instance = instance;
  }

  /** A deployed annotated class: everything that is found out once. Safe for concurrent use. */
  static final class Deployment {
    private final ServerEndpointConfig config;
    private final PathTemplate path;
    private final Codecs codecs;
    private final EndpointMethods methods;
    private final EndpointInstances instances;

    private Deployment(
        ServerEndpointConfig config,
        PathTemplate path,
        Codecs codecs,
        EndpointMethods methods,
        EndpointInstances instances) {
      this.config = config;
      this.path = path;
      this.codecs = codecs;
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
      Codecs codecs = Codecs.of(config);
      EndpointMethods methods = EndpointMethods.of(config.getEndpointClass(), path, codecs);
      return new Deployment(config, path, codecs, methods, instances);
    }

    /**
     * What the annotation of a class says.
     *
     * @param defaultConfigurator for a class that names none; null asks the container for its own
     * @throws DeploymentException if there is no annotation, its path is no template, or there is
     *     no instance of its configurator
     */
    static ServerEndpointConfig configOf(
        Class<?> type, ServerEndpointConfig.@Nullable Configurator defaultConfigurator)
        throws DeploymentException {
      ServerEndpoint annotation = type.getAnnotation(ServerEndpoint.class);
      if (annotation == null) {
        throw new DeploymentException(type.getName() + " is not annotated with @ServerEndpoint");
      }
      PathTemplate path = PathTemplate.parse(annotation.value());
      ServerEndpointConfig.Builder builder =
          ServerEndpointConfig.Builder.create(type, path.toString())
              .subprotocols(List.of(annotation.subprotocols()))
              .encoders(List.of(annotation.encoders()))
              .decoders(List.of(annotation.decoders()));
      if (annotation.configurator() != ServerEndpointConfig.Configurator.class) {
        try {
          builder.configurator(annotation.configurator().getConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
          throw new DeploymentException(
              "No instance of the configurator of "
                  + type.getName()
                  + ": it must be a public class with a public constructor without parameters",
              e);
        }
      } else if (defaultConfigurator != null) {
        builder.configurator(defaultConfigurator);
      }
      return builder.build();
    }

    ServerEndpointConfig config() {
      return config;
    }

    PathTemplate path() {
      return path;
    }

    Codecs codecs() {
      return codecs;
    }

    EndpointInstances instances() {
      return instances;
    }

    /**
     * The endpoint of a new session, with its own instance of the class. If the session does not
     * come to be, {@link AnnotatedEndpoint#discard} it.
     *
     * @throws InstantiationException if the class gives none
     * @throws RuntimeException what the configurator threw
     */
    AnnotatedEndpoint newEndpoint() throws InstantiationException {
      Class<?> type = config.getEndpointClass();
      Object instance = instances.endpoint(config);
      if (!type.isInstance(instance)) {
        throw new InstantiationException(
            "The configurator of " + type.getName() + " returned no instance of it: " + instance);
      }
      return new AnnotatedEndpoint(this, instance);
    }
  }

  /** The instance of the application's class. */
  Object instance() {
    return instance;
  }

  /** Gives the instance back when the handshake failed; nothing after {@link #onClose}. */
  void discard() {
    if (released.compareAndSet(false, true)) {
      deployment.instances.release(instance);
    }
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    try {
      for (MessageMethod method : deployment.methods.onMessage()) {
        listen(session, method);
      }
      EndpointMethod method = deployment.methods.onOpen();
      if (method != null) {
        method.invoke(instance, new Call(session, config, true));
      }
    } catch (Throwable e) {
      report(session, e);
      // A path that does not fit is the client's mistake, all else the endpoint's.
      close(
          session,
          e instanceof DecodeException
              ? CloseCodes.PROTOCOL_ERROR
              : CloseCodes.UNEXPECTED_CONDITION,
          "The session could not be opened");
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    try {
      EndpointMethod method = deployment.methods.onClose();
      if (method != null) {
        method.invoke(instance, new Call(session, reason, true));
      }
    } catch (Throwable e) {
      report(session, e);
    } finally {
      discard();
    }
  }

  /**
   * Calls {@code @OnError}. If there is none, or it fails itself, the session is closed with 1011,
   * except for a {@code DecodeException}: one message was unreadable, the session goes on.
   */
  @Override
  public void onError(Session session, Throwable error) {
    if (!report(session, error) && !(error instanceof DecodeException)) {
      close(session, CloseCodes.UNEXPECTED_CONDITION, "The endpoint failed");
    }
  }

  /** Whether the application has taken the error; if not, it is logged. */
  private boolean report(Session session, Throwable error) {
    EndpointMethod method = deployment.methods.onError();
    if (method == null) {
      String type = deployment.config.getEndpointClass().getName();
      log.log(Level.ERROR, "Uncaught error in " + type + ", which has no @OnError", error);
      return false;
    }
    try {
      method.invoke(instance, new Call(session, error, true));
      return true;
    } catch (Throwable e) {
      if (e != error) {
        e.addSuppressed(error);
      }
      log.log(Level.ERROR, method + " failed", e);
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

  /** A limit of the method is one of the session: it can be more than the session's own. */
  private static void limit(Session session, MessageMethod method) {
    if (method.maxMessageSize() <= 0) {
      return;
    }
    int size = (int) method.maxMessageSize(); // checked at deployment
    if (method.kinds().contains(MessageKind.TEXT)) {
      session.setMaxTextMessageBufferSize(size);
    }
    if (method.kinds().contains(MessageKind.BINARY)) {
      session.setMaxBinaryMessageBufferSize(size);
    }
  }

  private void deliver(MessageMethod method, Call call) {
    Session session = call.session();
    try {
      Call converted = call;
      if (call.subject() instanceof String text) {
        if (!method.partial() && tooBig(session, method, MessageSize.of(text))) {
          return;
        }
        Scalar scalar = method.scalar();
        if (scalar != null) {
          converted = new Call(session, scalar.parse(text), true);
        }
      } else if (!method.partial() && tooBig(session, method, bytes(call.subject()))) {
        return;
      }
      Object result = method.method().invoke(instance, converted);
      if (result != null) {
        send(session, result);
      }
    } catch (Throwable e) {
      onError(session, e);
    }
  }

  private static long bytes(@Nullable Object message) {
    if (message instanceof ByteBuffer buffer) {
      return buffer.remaining();
    }
    return message instanceof byte[] array ? array.length : 0;
  }

  /** Not every container keeps to a limit that is set in onOpen. */
  private static boolean tooBig(Session session, MessageMethod method, long size) {
    if (method.maxMessageSize() < 0 || size <= method.maxMessageSize()) {
      return false;
    }
    close(
        session,
        CloseCodes.TOO_BIG,
        "The message has " + size + " bytes, more than " + method.maxMessageSize());
    return true;
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
      remote.sendObject(result); // primitives too: the application may have an encoder for them
    }
  }

  private static void close(Session session, CloseCodes code, String reason) {
    if (!session.isOpen()) {
      return;
    }
    try {
      session.close(new CloseReason(code, reason));
    } catch (IOException e) {
      log.log(Level.DEBUG, "The session could not be told that it is closed", e);
    }
  }
}
