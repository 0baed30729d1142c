package dev.ssebridge.websocket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ssebridge.EventStreamParser;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCode;
import jakarta.websocket.CloseReason.CloseCodes;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Turns the events of a batch into what a session understands; see docs/protocol.md. */
final class UpstreamReader {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_CONTROL_BYTES = 125; // RFC 6455 §5.5
  private static final int MAX_REASON_BYTES = 123;
  private static final int MAX_NUMBER_DIGITS = 18;

  private UpstreamReader() {}

  /** The client broke the protocol: the session closes with this code. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;
    private final transient CloseCode code;

    Malformed(CloseCode code, String why) {
      super(why, null, false, false);
      this.code = code;
    }

    CloseReason reason() {
      return new CloseReason(code, getMessage());
    }
  }

  /** The number that an event's {@code id:} line gives it; 0 if it has no such line. */
  static long number(EventStreamParser.Event event) throws Malformed {
    return event.id().isPresent() ? number(event.id().get()) : 0;
  }

  /** A message number, from 1. */
  static long number(String text) throws Malformed {
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i >= MAX_NUMBER_DIGITS) {
        throw new Malformed(CloseCodes.PROTOCOL_ERROR, "a message number is digits");
      }
      number = number * 10 + digit;
    }
    if (number == 0) {
      throw new Malformed(CloseCodes.PROTOCOL_ERROR, "message numbers begin with 1");
    }
    return number;
  }

  static Upstream read(EventStreamParser.Event event) throws Malformed {
    if (event.malformed()) {
      throw new Malformed(CloseCodes.NOT_CONSISTENT, "not UTF-8");
    }
    String data = event.data();
    return switch (event.type()) {
      case "" -> text(data, Upstream.Part.WHOLE);
      case "ws.text" -> text(jsonText(data), Upstream.Part.WHOLE);
      case "ws.text+" -> text(jsonText(data), Upstream.Part.MORE);
      case "ws.binary" -> new Upstream.Binary(base64(data), Upstream.Part.WHOLE);
      case "ws.binary+" -> new Upstream.Binary(base64(data), Upstream.Part.MORE);
      case "ws.ping" -> new Upstream.Control(true, control(data));
      case "ws.pong" -> new Upstream.Control(false, control(data));
      case "ws.close" -> new Upstream.Close(closeReason(data));
      default -> throw new Malformed(CloseCodes.PROTOCOL_ERROR, "unknown kind of event");
    };
  }

  private static Upstream text(String text, Upstream.Part part) {
    return new Upstream.Text(text, text.getBytes(StandardCharsets.UTF_8).length, part);
  }

  private static String jsonText(String data) throws Malformed {
    if (json(data) instanceof TextNode text) {
      return wellFormed(text.textValue());
    }
    throw new Malformed(CloseCodes.NOT_CONSISTENT, "ws.text needs a JSON string");
  }

  /** JSON can spell half a surrogate pair; a WebSocket would have sent U+FFFD. */
  private static String wellFormed(String text) {
    boolean sound = text.chars().noneMatch(c -> Character.isSurrogate((char) c));
    if (sound) {
      return text;
    }
    var repaired = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point ->
                repaired.appendCodePoint(
                    point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE
                        ? 0xFFFD
                        : point));
    return repaired.toString();
  }

  private static byte[] base64(String data) throws Malformed {
    try {
      return Base64.getDecoder().decode(data);
    } catch (IllegalArgumentException e) {
      throw new Malformed(CloseCodes.NOT_CONSISTENT, "not base64");
    }
  }

  private static byte[] control(String data) throws Malformed {
    byte[] content = base64(data);
    if (content.length > MAX_CONTROL_BYTES) {
      throw new Malformed(CloseCodes.PROTOCOL_ERROR, "a ping or pong carries at most 125 bytes");
    }
    return content;
  }

  private static @Nullable CloseReason closeReason(String data) throws Malformed {
    JsonNode json = json(data);
    if (json == null || !json.isObject()) {
      throw new Malformed(CloseCodes.NOT_CONSISTENT, "ws.close needs a JSON object");
    }
    if (!json.has("code")) {
      return null;
    }
    int code = json.path("code").isInt() ? json.path("code").intValue() : 0;
    String reason = json.path("reason").asText("");
    if (!maySend(code) || reason.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
      throw new Malformed(CloseCodes.PROTOCOL_ERROR, "not a close code and reason");
    }
    return new CloseReason(CloseCodes.getCloseCode(code), wellFormed(reason));
  }

  /** RFC 6455 §7.4: some codes only say what an end has seen; 1014 is none of the API's. */
  private static boolean maySend(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1013)
        || (code >= 3000 && code <= 4999);
  }

  private static @Nullable JsonNode json(String data) throws Malformed {
    try {
      return JSON.readTree(data);
    } catch (JsonProcessingException e) {
      throw new Malformed(CloseCodes.NOT_CONSISTENT, "not JSON");
    }
  }
}
