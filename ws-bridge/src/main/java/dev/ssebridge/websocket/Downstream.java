package dev.ssebridge.websocket;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseEvent;
import jakarta.websocket.CloseReason;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * How WebSocket messages stand in an event stream; see docs/protocol.md.
 *
 * <p>Threading: safe for concurrent use.
 */
final class Downstream {
  /** The last text encoded: broadcasting loops send the same one to many sessions. */
  private record Encoded(String text, Frame frame) {}

  private static final int WASTEFUL_LINES = 8; // a data line costs 7 bytes, \n in JSON 2

  private volatile @Nullable Encoded recent;

  /** A text message. */
  Frame text(String text) {
    Encoded last = recent;
    if (last != null && last.text.equals(text)) {
      return last.frame;
    }
    SseEvent event = needsJson(text) ? SseEvent.of("ws.text", json(text)) : SseEvent.of(text);
    Frame frame = FrameEncoder.frame(event, null);
    recent = new Encoded(text, frame);
    return frame;
  }

  /** A binary message. */
  Frame binary(ByteBuffer content) {
    return base64("ws.binary", content);
  }

  /** A ping, which a client that knows it answers. */
  Frame ping(ByteBuffer content) {
    return base64("ws.ping", content);
  }

  /** A pong. */
  Frame pong(ByteBuffer content) {
    return base64("ws.pong", content);
  }

  /** The last event of a session. */
  Frame close(CloseReason reason) {
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
