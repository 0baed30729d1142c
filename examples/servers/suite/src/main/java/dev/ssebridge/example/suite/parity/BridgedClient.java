package dev.ssebridge.example.suite.parity;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseEvent;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** docs/protocol.md §3 over a network that does not break; every message is a POST of its own. */
final class BridgedClient extends Client {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final RawHttpClient http;
  private final String target;
  private final List<String> headers;
  private final RawStream stream;
  private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
  private long number; // the script's thread only

  private BridgedClient(RawHttpClient http, String target, List<String> headers, RawStream stream) {
    this.http = http;
    this.target = target;
    this.headers = headers;
    this.stream = stream;
    if (refusal() == 0) {
      Thread reader = new Thread(this::read, "bridged-client");
      reader.setDaemon(true);
      reader.start();
    }
  }

  static BridgedClient open(URI server, Case tested) throws IOException {
    RawHttpClient http = RawHttpClient.to(server);
    List<String> headers = new ArrayList<>(tested.headers);
    headers.add("Accept: text/event-stream");
    String target = "/" + tested.path;
    return new BridgedClient(
        http, target, tested.headers, http.get(target, headers.toArray(String[]::new)));
  }

  @Override
  int refusal() {
    boolean streaming =
        stream.status() == 200
            && stream.header("Content-Type").orElse("").startsWith("text/event-stream");
    return streaming ? 0 : stream.status();
  }

  @Override
  String header(String name) {
    return stream.header(name).orElse(null);
  }

  @Override
  String protocol() {
    return greeting().path("protocol").textValue();
  }

  private JsonNode greeting() {
    try {
      return greeting.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("no ws.open", e);
    }
  }

  @Override
  void textPart(String part, boolean last) throws IOException {
    post(SseEvent.of(last ? "ws.text" : "ws.text+", json(part)));
  }

  @Override
  void binaryPart(byte[] part, boolean last) throws IOException {
    post(SseEvent.of(last ? "ws.binary" : "ws.binary+", base64(part)));
  }

  @Override
  void ping(byte[] data) throws IOException {
    post(SseEvent.of("ws.ping", base64(data)));
  }

  @Override
  void pong(byte[] data) throws IOException {
    post(SseEvent.of("ws.pong", base64(data)));
  }

  @Override
  void close(int code, String reason) throws IOException {
    post(
        SseEvent.of(
            "ws.close",
            code == 0 ? "{}" : "{\"code\":" + code + ",\"reason\":" + json(reason) + "}"));
  }

  @Override
  void vanish() throws IOException {
    stream.reset();
    gotClose(1006, "");
  }

  private static String json(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private void post(SseEvent event) throws IOException {
    if (isClosed()) {
      return;
    }
    byte[] body =
        new FrameEncoder(256)
            .id(Long.toString(++number))
            .frame(FrameEncoder.frame(event, null))
            .toByteArray();
    List<String> lines = new ArrayList<>(headers);
    lines.add("Sse-Session: " + greeting().path("session").textValue());
    lines.add("Content-Type: text/event-stream");
    lines.add("Connection: close");
    try (RawStream answer = http.send("POST", target, body, lines.toArray(String[]::new))) {
      switch (answer.status()) {
        case 204, 400, 410, 413 -> {} // the stream says why
        default -> note("a POST was answered " + answer.status());
      }
    }
  }

  private void read() {
    var parser = new EventStreamParser(8 << 20);
    byte[] buffer = new byte[8192];
    try {
      for (int count = stream.read(buffer, PATIENCE);
          count >= 0;
          count = stream.read(buffer, PATIENCE)) {
        parser.feed(buffer, 0, count);
        for (var step = parser.next();
            step != EventStreamParser.Stop.NEEDS_INPUT;
            step = parser.next()) {
          if (step instanceof EventStreamParser.Event event) {
            take(event.type(), event.data());
          }
        }
      }
    } catch (IOException cut) {
      // what the test sees of it is the same
    }
    gotClose(1006, "");
  }

  private void take(String type, String data) throws IOException {
    switch (type) {
      case "ws.open" -> greeting.complete(JSON.readTree(data));
      case "" -> gotText(data);
      case "ws.text" -> gotText(JSON.readTree(data).textValue());
      case "ws.binary", "ws.ping", "ws.pong" ->
          got(type.substring(3), Base64.getDecoder().decode(data));
      case "ws.close" -> {
        JsonNode close = JSON.readTree(data);
        gotClose(close.path("code").asInt(1005), close.path("reason").asText(""));
      }
      default -> note("event " + type);
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
