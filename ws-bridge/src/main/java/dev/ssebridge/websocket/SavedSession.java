package dev.ssebridge.websocket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of a session goes on after a restart: the two ends of its numbering and the messages that
 * may not have arrived, and who may go on with it. The endpoint's own state does not.
 *
 * @param token the client's secret
 * @param path of the endpoint, as it is deployed
 * @param opening what the opening request said that the next one need not say again
 * @param last the offset of the last message to the client
 * @param sent the messages that a client may have missed, up to that one, as a stream sends them
 * @param received the number of the last message from the client
 * @param taken the messages from the client that nobody has handled, up to that one
 */
record SavedSession(
    String token,
    String path,
    Opening opening,
    long last,
    String sent,
    long received,
    List<Upstream> taken) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Who opened a session, and where.
   *
   * @param uri of the request, with its query
   * @param protocol the subprotocol agreed on
   */
  record Opening(
      String uri,
      @Nullable String query,
      Map<String, String> pathParameters,
      String protocol,
      @Nullable String principal,
      @Nullable String origin) {}

  /** The messages to the client. */
  List<Frame> frames() throws IOException {
    byte[] bytes = sent.getBytes(StandardCharsets.UTF_8);
    var parser = new EventStreamParser(Math.max(64, bytes.length));
    parser.feed(bytes, 0, bytes.length);
    List<Frame> frames = new ArrayList<>();
    for (EventStreamParser.Step step = parser.next();
        step instanceof EventStreamParser.Event event;
        step = parser.next()) {
      SseEvent each =
          event.type().isEmpty()
              ? SseEvent.of(event.data())
              : SseEvent.of(event.type(), event.data());
      frames.add(FrameEncoder.frame(each, null));
    }
    String end = frames.isEmpty() ? "" : token + "-" + last;
    if (!parser.lastEventId().equals(end) || parser.hasUnfinishedBlock()) {
      throw new IOException("messages of a session are missing");
    }
    return frames;
  }

  /** One line, without its end. */
  String toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("token", token);
    json.put("path", path);
    json.put("uri", opening.uri);
    json.put("query", opening.query);
    json.set("pathParameters", JSON.valueToTree(opening.pathParameters));
    json.put("protocol", opening.protocol);
    json.put("principal", opening.principal);
    json.put("origin", opening.origin);
    json.put("last", last);
    json.put("sent", sent);
    json.put("received", received);
    ArrayNode messages = json.putArray("taken");
    for (Upstream each : taken) {
      ObjectNode message = messages.addObject().put("part", each.part().name());
      if (each instanceof Upstream.Text text) {
        message.put("text", text.text());
      } else if (each instanceof Upstream.Binary binary) {
        message.put("binary", binary.content);
      } else if (each instanceof Upstream.Control control) {
        message.put(control.ping ? "ping" : "pong", control.content);
      } // a close is never saved: its session is closing
    }
    return json.toString();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IOException if it did not
   */
  static SavedSession ofJson(String line) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IOException("not a session", e);
    }
    Map<String, String> pathParameters = new LinkedHashMap<>();
    JsonNode parameters = json.path("pathParameters");
    parameters
        .fieldNames()
        .forEachRemaining(name -> pathParameters.put(name, parameters.path(name).asText()));
    List<Upstream> taken = new ArrayList<>();
    for (JsonNode each : json.path("taken")) {
      taken.add(message(each));
    }
    String token = required(json, "token");
    if (!SseBridge.isToken(token)) {
      throw new IOException("not a session's token");
    }
    return new SavedSession(
        token,
        required(json, "path"),
        new Opening(
            required(json, "uri"),
            json.path("query").textValue(),
            pathParameters,
            required(json, "protocol"),
            json.path("principal").textValue(),
            json.path("origin").textValue()),
        json.path("last").asLong(),
        required(json, "sent"),
        json.path("received").asLong(),
        taken);
  }

  private static Upstream message(JsonNode json) throws IOException {
    Upstream.Part part;
    try {
      part = Upstream.Part.valueOf(required(json, "part"));
    } catch (IllegalArgumentException e) {
      throw new IOException("not a part of a message", e);
    }
    if (json.has("text")) {
      String text = required(json, "text");
      return new Upstream.Text(text, text.getBytes(StandardCharsets.UTF_8).length, part);
    }
    if (json.has("binary")) {
      return new Upstream.Binary(bytes(json, "binary"), part);
    }
    boolean ping = json.has("ping");
    return new Upstream.Control(ping, bytes(json, ping ? "ping" : "pong"));
  }

  private static byte[] bytes(JsonNode json, String name) throws IOException {
    byte[] bytes = json.path(name).binaryValue();
    if (bytes == null) {
      throw new IOException("a message without " + name);
    }
    return bytes;
  }

  private static String required(JsonNode json, String name) throws IOException {
    String text = json.path(name).textValue();
    if (text == null) {
      throw new IOException("a session without " + name);
    }
    return text;
  }
}
