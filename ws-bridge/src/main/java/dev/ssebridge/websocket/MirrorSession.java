package dev.ssebridge.websocket;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket session whose sends are published to a channel too; see {@link
 * ChannelSession#mirror}. A proxy, so that what newer versions of the API add to sessions is the
 * WebSocket's own as well.
 */
final class MirrorSession implements InvocationHandler {
  private final Session webSocket;
  private final ChannelSession channel;
  private final BasicRemote publisher;
  private final AtomicBoolean warned = new AtomicBoolean();

  private MirrorSession(Session webSocket, ChannelSession channel, Outbound publishing) {
    this.webSocket = Objects.requireNonNull(webSocket, "webSocket");
    this.channel = channel;
    publisher = new BasicRemote(publishing); // of this mirror alone: it joins its parts
  }

  static Session of(Session webSocket, ChannelSession channel, Outbound publishing) {
    return (Session)
        Proxy.newProxyInstance(
            MirrorSession.class.getClassLoader(),
            new Class<?>[] {Session.class},
            new MirrorSession(webSocket, channel, publishing));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    return switch (method.getName()) {
      case "getBasicRemote" -> new MirrorBasic(webSocket.getBasicRemote(), this);
      case "getAsyncRemote" -> new MirrorAsync(webSocket.getAsyncRemote(), this);
      case "equals" -> arguments[0] != null && isEqual(arguments[0]);
      case "hashCode" -> Objects.hash(webSocket, channel);
      case "toString" -> webSocket + " and " + channel;
      default -> {
        try {
          yield method.invoke(webSocket, arguments);
        } catch (InvocationTargetException e) {
          throw e.getTargetException();
        }
      }
    };
  }

  private boolean isEqual(Object other) {
    return Proxy.isProxyClass(other.getClass())
        && Proxy.getInvocationHandler(other) instanceof MirrorSession mirror
        && mirror.webSocket.equals(webSocket)
        && mirror.channel == channel;
  }

  /** What is sent to the channel. */
  interface Publish {
    void to(RemoteEndpoint.Basic channel) throws Exception;
  }

  /** Publishes, whatever becomes of it: the WebSocket must not feel that there is a channel. */
  void publish(Publish publish) {
    try {
      publish.to(publisher);
    } catch (Exception failure) {
      boolean first = channel.isOpen() && warned.compareAndSet(false, true);
      SseBridge.LOG.log(
          first ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
          "a message to a WebSocket was not mirrored to " + channel,
          failure);
    }
  }
}
