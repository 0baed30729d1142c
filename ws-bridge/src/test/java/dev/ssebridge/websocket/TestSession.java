package dev.ssebridge.websocket;

import static org.mockito.Mockito.mock;

import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mockito.invocation.InvocationOnMock;

/**
 * A session of one annotated endpoint, without a transport: it does with the endpoint what ours
 * does, and notes what is sent and closed.
 */
final class TestSession {
  final Session session = mock(Session.class, this::answer);
  final RemoteEndpoint.Basic remote = mock(RemoteEndpoint.Basic.class, this::send);
  final Map<String, String> parameters = new HashMap<>();
  final List<String> sent = new ArrayList<>();
  final List<Object> released = new ArrayList<>();
  final ServerEndpointConfig config;
  final AnnotatedEndpoint.Deployment deployment;
  final AnnotatedEndpoint endpoint;
  final SessionCodecs codecs;
  final MessageHandlers handlers;
  boolean open = true;
  boolean broken;
  int maxText = 1000;
  int maxBinary = 1000;

  TestSession(Class<?> type) throws Exception {
    this(type, "/", List.of(), List.of());
  }

  TestSession(Class<?> type, String path) throws Exception {
    this(type, path, List.of(), List.of());
  }

  TestSession(
      Class<?> type,
      String path,
      List<Class<? extends Encoder>> encoders,
      List<Class<? extends Decoder>> decoders)
      throws Exception {
    config = config(type, path, encoders, decoders);
    deployment = AnnotatedEndpoint.Deployment.of(config, instances());
    endpoint = deployment.newEndpoint();
    codecs = SessionCodecs.open(deployment.codecs(), config, EndpointInstances.CONFIGURATOR);
    handlers = new MessageHandlers(session, codecs, error -> endpoint.onError(session, error));
  }

  static ServerEndpointConfig config(
      Class<?> type,
      String path,
      List<Class<? extends Encoder>> encoders,
      List<Class<? extends Decoder>> decoders) {
    return ServerEndpointConfig.Builder.create(type, path)
        .encoders(encoders)
        .decoders(decoders)
        .configurator(new ServerEndpointConfig.Configurator())
        .build();
  }

  private EndpointInstances instances() {
    return new EndpointInstances() {
      @Override
      public Object endpoint(ServerEndpointConfig config) throws InstantiationException {
        return coder(config.getEndpointClass());
      }

      @Override
      public void release(Object instance) {
        released.add(instance);
      }
    };
  }

  private Object answer(InvocationOnMock call) throws IOException {
    switch (call.getMethod().getName()) {
      case "getPathParameters":
        return parameters;
      case "isOpen":
        return open;
      case "getBasicRemote":
        return remote;
      case "addMessageHandler":
        add(call.getArguments());
        return null;
      case "getMaxTextMessageBufferSize":
        return maxText;
      case "getMaxBinaryMessageBufferSize":
        return maxBinary;
      case "setMaxTextMessageBufferSize":
        maxText = call.getArgument(0);
        return null;
      case "setMaxBinaryMessageBufferSize":
        maxBinary = call.getArgument(0);
        return null;
      case "close":
        open = false;
        CloseReason reason = call.getArgument(0);
        sent.add("close " + reason.getCloseCode().getCode());
        if (broken) {
          throw new IOException("broken");
        }
        return null;
      case "toString":
        return "session";
      default:
        throw new UnsupportedOperationException(call.getMethod().toString());
    }
  }

  @SuppressWarnings("unchecked")
  private void add(Object[] arguments) {
    Class<Object> type = (Class<Object>) arguments[0];
    if (arguments[1] instanceof MessageHandler.Whole<?> whole) {
      handlers.add(type, (MessageHandler.Whole<Object>) whole);
    } else {
      handlers.add(type, (MessageHandler.Partial<Object>) arguments[1]);
    }
  }

  private Object send(InvocationOnMock call) throws Exception {
    if (broken) {
      throw new IOException("broken");
    }
    Object what = call.getArgument(0);
    switch (call.getMethod().getName()) {
      case "sendText":
        sent.add("text " + what);
        break;
      case "sendBinary":
        sent.add("binary " + hex((ByteBuffer) what));
        break;
      case "sendObject":
        Encoded encoded = codecs.encode(what);
        sent.add(
            encoded instanceof Encoded.Text text
                ? "object text " + text.text()
                : "object binary " + hex(((Encoded.Binary) encoded).bytes()));
        break;
      default:
        throw new UnsupportedOperationException(call.getMethod().toString());
    }
    return null;
  }

  /** Opens the session; returns the application's instance. */
  <T> T open(Class<T> type) {
    endpoint.onOpen(session, config);
    return type.cast(endpoint.instance());
  }

  void close(CloseCodes code) {
    open = false;
    endpoint.onClose(session, new CloseReason(code, ""));
    codecs.close();
  }

  static String hex(ByteBuffer bytes) {
    StringBuilder text = new StringBuilder();
    ByteBuffer view = bytes.duplicate();
    while (view.hasRemaining()) {
      text.append(String.format("%02x", view.get()));
    }
    return text.toString();
  }
}
