package dev.ssebridge.websocket;

import static org.mockito.Mockito.mock;

import jakarta.websocket.CloseReason;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mockito.invocation.InvocationOnMock;

/** A session of one annotated endpoint, without a transport: what it sends and closes is noted. */
final class TestSession {
  final Session session = mock(Session.class, this::answer);
  final RemoteEndpoint.Basic remote = mock(RemoteEndpoint.Basic.class, this::send);
  final Map<String, String> parameters = new HashMap<>();
  final List<String> sent = new ArrayList<>();
  final MessageHandlers handlers = new MessageHandlers();
  final AnnotatedEndpoint endpoint;
  final ServerEndpointConfig config;
  Object instance;
  boolean open = true;

  TestSession(Class<?> type, String path) throws Exception {
    config =
        ServerEndpointConfig.Builder.create(type, path)
            .configurator(new ServerEndpointConfig.Configurator())
            .build();
    endpoint =
        AnnotatedEndpoint.Deployment.of(
                config,
                ignored -> {
                  try {
                    instance = type.getConstructor().newInstance();
                  } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                  }
                  return instance;
                })
            .newEndpoint();
  }

  private Object answer(InvocationOnMock call) {
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
      case "close":
        open = false;
        CloseReason reason = call.getArgument(0);
        sent.add("close " + reason.getCloseCode().getCode() + " " + reason.getReasonPhrase());
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

  private Object send(InvocationOnMock call) {
    Object what = call.getArgument(0);
    sent.add(
        call.getMethod().getName() + " " + (what instanceof ByteBuffer bytes ? hex(bytes) : what));
    return null;
  }

  Object open() {
    endpoint.onOpen(session, config);
    return instance;
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
