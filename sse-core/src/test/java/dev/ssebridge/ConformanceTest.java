package dev.ssebridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ssebridge.EventStreamParser.Event;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs the byte-level cases of {@code conformance/}; its README says which those are. */
class ConformanceTest {
  private static final int LIMIT = 64 << 20;
  private static final Pattern ESCAPE = Pattern.compile("\\\\(n|r|x[0-9a-f]{2})");

  /** What a case expects of an event; the suites do not look at the rest. */
  private record Seen(String type, String data, String lastEventId) {
    static Seen of(Event event) {
      String type = event.type().isEmpty() ? "message" : event.type();
      return new Seen(type, event.data(), event.lastEventId());
    }
  }

  @TestFactory
  Stream<DynamicTest> bodiesReadAlikeAtEveryCut() {
    return cases().filter(ConformanceTest::isBody).map(it -> test(it, () -> runBody(it)));
  }

  @TestFactory
  Stream<DynamicTest> generatedBodiesReadAlikeAtEveryPieceSize() {
    return cases().filter(ConformanceTest::isGenerated).map(it -> test(it, () -> runGenerated(it)));
  }

  @TestFactory
  Stream<DynamicTest> connectionsContinueFromTheLastEventId() {
    return cases()
        .filter(ConformanceTest::isConnections)
        .map(it -> test(it, () -> runConnections(it)));
  }

  @Test
  void everyCaseIsRunOrOfHttp() {
    assertEquals(156, cases().count());
    assertEquals(121, cases().filter(ConformanceTest::isBody).count());
    assertEquals(2, cases().filter(ConformanceTest::isGenerated).count());
    assertEquals(6, cases().filter(ConformanceTest::isConnections).count());
    List<String> skipped =
        cases()
            .filter(it -> !isBody(it) && !isGenerated(it) && !isConnections(it))
            .map(it -> it.path("source").asText())
            .toList();
    assertEquals(27, skipped.size());
    assertTrue(
        skipped.stream()
            .allMatch(
                source ->
                    source.matches(
                        ".*/(tests_http_behavior|tests_reconnection|format-mime|request-status"
                            + "|request-accept|request-cache|eventsource-reconnect"
                            + "|eventsource-close).*")),
        skipped::toString);
  }

  private static boolean isBody(JsonNode it) {
    String type = it.path("content_type").asText();
    return it.has("input_base64") && type.matches("text/event-stream(;.*)?");
  }

  private static boolean isGenerated(JsonNode it) {
    return it.has("generator");
  }

  private static boolean isConnections(JsonNode it) {
    return it.has("connections");
  }

  private static void runBody(JsonNode it) {
    byte[] input = bytes(it.path("input_base64"));
    Transcript.forEveryCut(input, pieces -> check(it, pieces));
    if (it.has("chunks_base64")) {
      check(it, elements(it.path("chunks_base64")).map(ConformanceTest::bytes).toList());
    }
  }

  private static void check(JsonNode it, Iterable<byte[]> pieces) {
    Transcript transcript = Transcript.of(new EventStreamParser(LIMIT), pieces);

    assertEquals(expectedEvents(it), transcript.events().stream().map(Seen::of).toList());
    JsonNode retry = it.path("expected_retry");
    assertEquals(
        retry.isNull() ? Optional.empty() : Optional.of(Duration.ofMillis(retry.asLong())),
        transcript.retry());
    assertEquals(it.path("expected_last_event_id").asText(), transcript.lastEventId());
    if (it.has("expected_comments")) {
      assertEquals(
          elements(it.path("expected_comments")).map(JsonNode::asText).toList(),
          transcript.comments());
    }
  }

  /** "data: A" or "data: A", "B", each of them the base64 of 5 MiB of random bytes. */
  private static void runGenerated(JsonNode it) {
    byte[] random = new byte[5 << 20];
    new Random(1).nextBytes(random);
    String text = Base64.getEncoder().encodeToString(random);
    String data = text.repeat(it.path("generator").asText().contains("A and B") ? 2 : 1);
    assertTrue(it.path("expected").asText().contains("(" + data.length() + " chars)"));
    byte[] input = ("data: " + data + "\n\n").getBytes(ISO_8859_1);
    Event expected = new Event("", data, Optional.empty(), "", false);

    for (int size : new int[] {input.length, text.length() + 6, 65536, 1}) {
      EventStreamParser parser = new EventStreamParser(input.length);
      Transcript transcript = Transcript.of(parser, Transcript.pieces(input, size));
      assertEquals(List.of(expected), transcript.events());
    }
  }

  private static void runConnections(JsonNode it) {
    List<Seen> events = new ArrayList<>();
    String header = "";
    String lastEventId = "";
    for (JsonNode connection : it.path("connections")) {
      header = lastEventId;
      EventStreamParser parser = new EventStreamParser(LIMIT, lastEventId);
      List<byte[]> pieces =
          elements(connection)
              .map(JsonNode::asText)
              .filter(piece -> !piece.equals("<break>"))
              .map(ConformanceTest::unescape)
              .toList();
      Transcript transcript = Transcript.of(parser, pieces);
      transcript.events().stream().map(Seen::of).forEach(events::add);
      lastEventId = transcript.lastEventId();
    }

    JsonNode expectedHeader = it.path("expected_last_event_id_header");
    if (!expectedHeader.isMissingNode()) {
      assertEquals(expectedHeader.isNull() ? "" : expectedHeader.asText(), header);
    }
    if (it.path("name").asText().equals("discards partial messages on retry")) {
      // The suite leaves the second id open, as long as it is not that of the partial message.
      assertEquals(
          List.of(new Seen("message", "Hello", "abc"), new Seen("message", "We meet again", "abc")),
          events);
    } else if (it.has("expected_events")) {
      assertEquals(expectedEvents(it), events);
    }
  }

  private static List<Seen> expectedEvents(JsonNode it) {
    return elements(it.path("expected_events"))
        .map(
            event ->
                new Seen(
                    event.path("type").asText(),
                    event.path("data").asText(),
                    event.path("lastEventId").asText()))
        .toList();
  }

  private static byte[] unescape(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(
            match ->
                switch (match.group(1)) {
                  case "n" -> "\n";
                  case "r" -> "\r";
                  default ->
                      String.valueOf((char) Integer.parseInt(match.group(1).substring(1), 16));
                })
        .getBytes(ISO_8859_1);
  }

  private static byte[] bytes(JsonNode base64) {
    return Base64.getDecoder().decode(base64.asText());
  }

  private static DynamicTest test(JsonNode it, Runnable body) {
    String file = it.path("source").asText().replaceAll(".*/", "");
    return dynamicTest(file + ": " + it.path("name").asText(), body::run);
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static Stream<JsonNode> cases() {
    return Stream.of("sse-format-cases.json", "sse-client-cases.json")
        .flatMap(name -> Arrays.stream(read(name)));
  }

  private static JsonNode[] read(String name) {
    try (InputStream json = ConformanceTest.class.getResourceAsStream("/conformance/" + name)) {
      return new ObjectMapper().readValue(json, JsonNode[].class);
    } catch (IOException e) {
      throw new IllegalStateException("conformance cases unreadable: " + name, e);
    }
  }
}
