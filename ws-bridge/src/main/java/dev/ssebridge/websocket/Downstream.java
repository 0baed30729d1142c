package dev.ssebridge.websocket;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseEvent;
import jakarta.websocket.CloseReason;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the WebSocket messages of one endpoint stand in an event stream; see docs/protocol.md.
 *
 * <p>Loops that broadcast send the same text to many sessions: what was encoded last is remembered,
 * so that the sessions' logs share one frame. It is remembered weakly, since a large message should
 * not be kept longer than the logs keep it.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Downstream {
  private record Text(String text, Routing routing, Frame frame) {}

  private record Binary(ByteBuffer content, Frame frame) {}

  private static final int WASTEFUL_LINES = 8; // a data line costs 7 bytes, \n in JSON 2
  private static final int REMEMBERED = 8; // a few loops at a time, each with a text of its own

  private final String path;
  private final RouteNames routes = new RouteNames();
  private final AtomicReferenceArray<@Nullable WeakReference<Text>> texts =
      new AtomicReferenceArray<>(REMEMBERED);
  private volatile WeakReference<Binary> binary = new WeakReference<>(null);
  private final AtomicBoolean warned = new AtomicBoolean();

  /**
   * For an endpoint.
   *
   * @param path as it is deployed, for the routing
   */
  Downstream(String path) {
    this.path = path;
  }

  /** The names that messages have had so far. A message's own is among them before it is sent. */
  Set<String> routes() {
    return routes.all();
  }

  /** A text message. */
  Frame text(String text, Routing routing) {
    int hash = text.hashCode(); // which a string computes once
    int slot = (hash ^ (hash >>> 16)) & (REMEMBERED - 1);
    WeakReference<Text> reference = texts.get(slot);
    Text known = reference == null ? null : reference.get();
    if (known != null && known.routing == routing && known.text.equals(text)) {
      return known.frame;
    }
    Frame frame = FrameEncoder.frame(event(text, name(text, routing)), null);
    texts.set(slot, new WeakReference<>(new Text(text, routing, frame)));
    return frame;
  }

  private static SseEvent event(String text, @Nullable String name) {
    if (name == null) {
      return needsJson(text) ? SseEvent.of("ws.text", json(text)) : SseEvent.of(text);
    }
    // Many lines are no reason here: a page listens to the name, and may not know of ws.text.
    return text.indexOf('\r') >= 0
        ? SseEvent.of("ws.text", "{\"name\":" + json(name) + ",\"text\":" + json(text) + "}")
        : SseEvent.of(name, text);
  }

  private @Nullable String name(String text, Routing routing) {
    try {
      String name = routing.route(path, text);
      if (name == null || routes.admit(name)) {
        return name;
      }
      if (routes.isFull()) {
        warn("messages of " + path + " have too many names; those of new names are sent without");
      }
    } catch (RuntimeException fault) { // the application's function
      warn("the routing of " + path + " failed; the message is sent without a name: " + fault);
    }
    return null;
  }

  private void warn(String what) {
    if (warned.compareAndSet(false, true)) {
      SseBridge.LOG.log(System.Logger.Level.WARNING, what);
    }
  }

  /** Tells a client which names it is to listen to from now on. */
  static Frame routes(Set<String> names) {
    return FrameEncoder.frame(SseEvent.of("ws.routes", "{\"routes\":" + array(names) + "}"), null);
  }

  /** A JSON array of strings. */
  static String array(Set<String> texts) {
    return texts.stream().map(Downstream::json).collect(Collectors.joining(",", "[", "]"));
  }

  /** A binary message. */
  Frame binary(ByteBuffer content) {
    Binary known = binary.get();
    if (known != null && known.content.equals(content)) {
      content.position(content.limit());
      return known.frame;
    }
    ByteBuffer copy = ByteBuffer.allocate(content.remaining()).put(content).flip();
    Frame frame = base64("ws.binary", copy.duplicate());
    binary = new WeakReference<>(new Binary(copy, frame));
    return frame;
  }

  /** A ping, which a client that knows it answers. */
  static Frame ping(ByteBuffer content) {
    return base64("ws.ping", content);
  }

  /** A pong. */
  static Frame pong(ByteBuffer content) {
    return base64("ws.pong", content);
  }

  /** The last event of a session. */
  static Frame close(CloseReason reason) {
    int code = reason.getCloseCode().getCode();
    String data =
        code == CloseReason.CloseCodes.NO_STATUS_CODE.getCode()
            ? "{}"
            : "{\"code\":" + code + ",\"reason\":" + json(reason(reason)) + "}";
    return FrameEncoder.frame(SseEvent.of("ws.close", data), null);
  }

  private static String reason(CloseReason reason) {
    String phrase = reason.getReasonPhrase();
    return phrase == null ? "" : phrase;
  }

  /** A JSON string. Line ends are escaped, so it stays one line of an event. */
  static String json(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  /** CR cannot stand in an event's data, and many line ends cost more there than in JSON. */
  private static boolean needsJson(String text) {
    int lines = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || (c == '\n' && ++lines > WASTEFUL_LINES)) {
        return true;
      }
    }
    return false;
  }

  private static Frame base64(String type, ByteBuffer content) {
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return FrameEncoder.frame(SseEvent.of(type, Base64.getEncoder().encodeToString(bytes)), null);
  }
}
