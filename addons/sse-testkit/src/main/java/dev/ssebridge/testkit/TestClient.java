package dev.ssebridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.FrameEncoder;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client of one session: it speaks the bridge's protocol as the browser's does, and keeps what
 * it is sent until the test asks for it. What the test expects and does not get is an {@link
 * AssertionError} that says what came instead.
 *
 * <p>Threading: one thread, the {@link TestBridge}'s.
 */
public final class TestClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_EVENT = 1 << 28;

  private final TestBridge bridge;
  private final TestHandshake handshake;
  private final Deque<Message> received = new ArrayDeque<>();
  private final Set<String> routes = new HashSet<>(); // the names that a browser listens to
  private TestExchange stream;
  private EventStreamParser parser = new EventStreamParser(MAX_EVENT);
  String token = "";
  private String subprotocol = "";
  private String lastEventId = "";
  private long sent; // messages; the number of the last one
  private @Nullable CloseReason closed;

  /**
   * What a session has sent.
   *
   * @param type {@code text}, {@code binary}, {@code ping} or {@code pong}
   * @param name the route of a text, which is its event's name; null if it has none
   * @param text of a text, else empty
   * @param bytes of the others, else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares messages
  private record Message(String type, @Nullable String name, String text, byte[] bytes) {
    @Override
    public String toString() {
      return type.equals("text")
          ? "the text \"" + text + '"' + (name == null ? "" : " named " + name)
          : "a " + type + " of " + bytes.length + " bytes";
    }
  }

  private TestClient(TestBridge bridge, TestHandshake handshake, TestExchange stream) {
    this.bridge = bridge;
    this.handshake = handshake;
    this.stream = stream;
  }

  static TestClient open(TestBridge bridge, TestHandshake handshake) {
    TestExchange stream = get(bridge, handshake);
    requireStream(handshake, stream);
    var client = new TestClient(bridge, handshake, stream);
    client.read();
    if (client.token.isEmpty()) {
      throw new RefusedException("GET " + handshake.target(), stream.status, "come back later");
    }
    return client;
  }

  private static TestExchange get(TestBridge bridge, TestHandshake handshake) {
    return bridge.exchange(
        handshake.with("Accept", "text/event-stream"), "GET", handshake.target(), new byte[0]);
  }

  private static void requireStream(TestHandshake handshake, TestExchange answer) {
    String type = answer.responseHeaders.getOrDefault("Content-Type", "");
    if (answer.status != 200 || !type.startsWith("text/event-stream")) {
      throw new RefusedException("GET " + handshake.target(), answer.status, answer.text());
    }
  }

  // To the endpoint

  /**
   * Sends a text message, which the endpoint has handled when this returns.
   *
   * @param text the message
   * @throws RefusedException if the bridge does not take it
   */
  public void sendText(String text) {
    post("text/plain;charset=UTF-8", ++sent, text.getBytes(UTF_8));
  }

  /**
   * Sends a part of a text message.
   *
   * @param part the part
   * @param last whether it is the last one
   * @throws RefusedException if the bridge does not take it
   */
  public void sendText(String part, boolean last) {
    batch(last ? "ws.text" : "ws.text+", json(part));
  }

  /**
   * Sends a binary message.
   *
   * @param bytes the message
   * @throws RefusedException if the bridge does not take it
   */
  public void sendBinary(byte[] bytes) {
    post("application/octet-stream", ++sent, bytes);
  }

  /**
   * Sends a part of a binary message.
   *
   * @param part the part
   * @param last whether it is the last one
   * @throws RefusedException if the bridge does not take it
   */
  public void sendBinary(byte[] part, boolean last) {
    batch(last ? "ws.binary" : "ws.binary+", base64(part));
  }

  /**
   * Sends a ping, which the session answers by itself.
   *
   * @param data at most 125 bytes
   */
  public void sendPing(byte[] data) {
    batch("ws.ping", base64(data));
  }

  /**
   * Sends a pong.
   *
   * @param data at most 125 bytes
   */
  public void sendPong(byte[] data) {
    batch("ws.pong", base64(data));
  }

  /** Closes the session with 1000. */
  public void close() {
    close(CloseCodes.NORMAL_CLOSURE.getCode(), "");
  }

  /**
   * Closes the session.
   *
   * @param code such as 1000, or 4000 to 4999
   * @param reason at most 123 bytes
   */
  public void close(int code, String reason) {
    ObjectNode data = JSON.createObjectNode().put("code", code).put("reason", reason);
    batch("ws.close", data.toString());
  }

  /** Leaves as a page does that is closed: the endpoint sees 1005, no status. */
  public void leave() {
    require(bridge.exchange(named(), "DELETE", handshake.target(), new byte[0]));
    read();
  }

  private void batch(String type, String data) {
    byte[] body = new FrameEncoder(256).id(Long.toString(++sent)).event(type, data).toByteArray();
    post("text/event-stream", 0, body);
  }

  private void post(String contentType, long number, byte[] body) {
    TestHandshake shown = named().header("Content-Type", contentType);
    if (number > 0) {
      shown.header("Sse-Number", Long.toString(number));
    }
    require(bridge.exchange(shown, "POST", handshake.target(), body));
    read();
  }

  private TestHandshake named() {
    return handshake.with("Sse-Session", token);
  }

  private void require(TestExchange answer) {
    if (answer.status != 204) {
      read();
      throw new RefusedException(answer.request.toString(), answer.status, answer.text());
    }
  }

  // The connection

  /**
   * Breaks the connection. The session waits for a lease; what it is sent meanwhile comes with
   * {@link #resume}.
   */
  public void cut() {
    read();
    try {
      stream.cut();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bridge.settle();
  }

  /** From now on the client takes nothing, though its connection holds. */
  public void stall() {
    read();
    stream.stall();
  }

  /** Takes again what has been waiting since {@link #stall}. */
  public void readOn() {
    try {
      stream.readOn();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bridge.settle();
  }

  /**
   * Comes back as a browser does, with the id of the last event it has seen; its messages follow
   * from there. If the connection is not cut, the new one takes its place.
   *
   * @throws RefusedException if the session is over: 204 if the client has seen its end, 410 if its
   *     lease has ended
   */
  public void resume() {
    read();
    TestHandshake shown = named().header("Last-Event-ID", lastEventId);
    TestExchange answer = get(bridge, shown);
    requireStream(handshake, answer);
    stream = answer;
    parser = new EventStreamParser(MAX_EVENT, lastEventId);
    read();
  }

  /**
   * Whether the client has a connection.
   *
   * @return false once it is cut, or the session closed
   */
  public boolean isConnected() {
    return !stream.isOver();
  }

  // From the endpoint

  /**
   * The subprotocol agreed on.
   *
   * @return empty if there is none
   */
  public String subprotocol() {
    return subprotocol;
  }

  /**
   * Takes the next message, which must be a text.
   *
   * @return the text
   * @throws AssertionError if there is none, or it is something else
   */
  public String text() {
    return next("text").text;
  }

  /**
   * Takes the next message, which must be a text with this route: an event of this name.
   *
   * @param route for example {@code metric}
   * @return the text
   * @throws AssertionError if there is none, or it has another name
   */
  public String text(String route) {
    Message message = next("text");
    if (!route.equals(message.name)) {
      throw new AssertionError("expected a text named " + route + " but got " + message);
    }
    return message.text;
  }

  /**
   * Takes every message there is; all must be texts.
   *
   * @return in the order they were sent, possibly none
   * @throws AssertionError if one is something else
   */
  public List<String> texts() {
    read();
    List<String> texts = new ArrayList<>();
    while (!received.isEmpty()) {
      texts.add(text());
    }
    return texts;
  }

  /**
   * Takes the next message, which must be binary.
   *
   * @return the bytes
   * @throws AssertionError if there is none, or it is something else
   */
  public byte[] binary() {
    return next("binary").bytes;
  }

  /**
   * Takes the next message, which must be a ping.
   *
   * @return its data
   * @throws AssertionError if there is none, or it is something else
   */
  public byte[] ping() {
    return next("ping").bytes;
  }

  /**
   * Takes the next message, which must be a pong.
   *
   * @return its data
   * @throws AssertionError if there is none, or it is something else
   */
  public byte[] pong() {
    return next("pong").bytes;
  }

  /**
   * Makes sure that nothing has come that was not taken.
   *
   * @throws AssertionError if something has
   */
  public void expectNothing() {
    read();
    if (!received.isEmpty()) {
      throw new AssertionError("expected nothing but got " + received);
    }
  }

  /**
   * Makes sure that the session has told this client that it is closed.
   *
   * @return why
   * @throws AssertionError if it has not, or there are messages to take before it
   */
  public CloseReason closed() {
    expectNothing();
    if (closed == null) {
      throw new AssertionError("expected the session to be closed; this client was not told so");
    }
    return closed;
  }

  private Message next(String type) {
    read();
    Message next = received.poll();
    if (next == null) {
      throw new AssertionError(
          "expected a "
              + type
              + " but nothing has come"
              + (closed != null ? ": the session is closed, " + closed : "")
              + (isConnected() ? "" : "; the client has no connection"));
    }
    if (!next.type.equals(type)) {
      throw new AssertionError("expected a " + type + " but got " + next);
    }
    return next;
  }

  private void read() {
    bridge.settle(); // the test may have sent through a session of its own
    byte[] bytes = stream.take();
    parser.feed(bytes, 0, bytes.length);
    EventStreamParser.Step step = parser.next();
    while (step != EventStreamParser.Stop.NEEDS_INPUT) {
      if (step instanceof EventStreamParser.Event event) {
        lastEventId = event.lastEventId();
        take(event.type(), event.data());
      }
      step = parser.next();
    }
  }

  private void take(String type, String data) {
    switch (type) {
      case "" -> text(null, data);
      case "ws.text" -> {
        JsonNode json = parse(data);
        if (json.isTextual()) {
          text(null, json.textValue());
        } else {
          text(json.path("name").textValue(), json.path("text").textValue());
        }
      }
      case "ws.binary", "ws.ping", "ws.pong" ->
          received.add(new Message(type.substring(3), null, "", Base64.getDecoder().decode(data)));
      case "ws.open" -> {
        JsonNode open = parse(data);
        token = open.path("session").textValue();
        subprotocol = open.path("protocol").textValue();
        listen(open);
      }
      case "ws.close" -> {
        JsonNode why = parse(data);
        closed =
            new CloseReason(
                CloseCodes.getCloseCode(
                    why.path("code").asInt(CloseCodes.NO_STATUS_CODE.getCode())),
                why.path("reason").asText(""));
      }
      case "ws.routes" -> listen(parse(data));
      default -> {
        if (routes.contains(type)) {
          text(type, data);
        } else if (!type.startsWith("sse.")) {
          throw new AssertionError("a browser would not hear the event " + type + ": " + data);
        }
      }
    }
  }

  private void listen(JsonNode names) {
    names.path("routes").forEach(name -> routes.add(name.textValue()));
  }

  private void text(@Nullable String name, String text) {
    received.add(new Message("text", name, text, new byte[0]));
  }

  private static JsonNode parse(String data) {
    try {
      return JSON.readTree(data);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the bridge sent what is no JSON: " + data, e);
    }
  }

  private static String json(String text) {
    return JSON.getNodeFactory().textNode(text).toString();
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
