package dev.ssebridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ssebridge.EventStreamParser.Comment;
import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an application publishes, a client reads just that, however the network cuts it. */
class EncodeThenParseTest {
  private static final int LIMIT = 1 << 20;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "  ",
        " x",
        "  x",
        "\tx",
        "x ",
        "\n",
        "\n\n",
        "a\n",
        "\na",
        "\n\na\n\n",
        ":",
        ": x",
        "data: x",
        "id:1",
        "\ufeff",
        "\ufeffx",
        "\0",
        "a\0b",
        "\u0085",
        "\u2028",
        "\u000b\f",
        "\u00e4\u20ac\ud83d\ude00",
        "\ufffd",
        "event: x\n\ndata: forged\n\n",
      })
  void textsThatSseCarriesArriveExactly(String text) {
    assertEquals(List.of(new Event("", text, Optional.empty(), "", false)), roundTrip(text));
  }

  @Test
  void carriageReturnsArriveAsLineFeeds() {
    assertEquals("\n", roundTrip("\r").get(0).data());
    assertEquals("a\nb\nc\n\nd\n", roundTrip("a\rb\r\nc\r\rd\r\n").get(0).data());
  }

  @Test
  void unpairedSurrogatesArriveAsReplacementCharacters() {
    Event event = roundTrip("\ud83da\ude00\ud83d\ude00\ud800").get(0);

    assertEquals("\ufffda\ufffd\ud83d\ude00\ufffd", event.data());
    assertFalse(event.malformed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\rb", "a\nb", "a\0b", "\n", "x\r\ndata: forged"})
  void namesIdsAndCommentsThatWouldForgeFieldsAreRefusedAtBirth(String line) {
    SseEvent event = SseEvent.of("x");

    assertThrows(IllegalArgumentException.class, () -> SseEvent.of(line, "x"));
    assertThrows(IllegalArgumentException.class, () -> event.withId(line));
    assertThrows(IllegalArgumentException.class, () -> event.withComment(line));
  }

  @Test
  void emptyIdMakesClientForgetTheLastOne() {
    byte[] stream =
        new FrameEncoder(64)
            .event(SseEvent.of("a").withId("1"))
            .event(SseEvent.of("b").withId(""))
            .toByteArray();

    assertEquals("", parse(List.of(stream)).lastEventId());
  }

  @Property
  void everyEventArrivesAtEveryCut(@ForAll("events") SseEvent event) {
    byte[] stream = new FrameEncoder(1).event(event).toByteArray();
    List<Step> expected = steps(event, "");

    Transcript.forEveryCut(stream, pieces -> assertEquals(expected, parse(pieces).steps()));
  }

  @Property
  void manyEventsArriveInOrderInAnyPieces(
      @ForAll("manyEvents") List<SseEvent> events, @ForAll long seed) {
    FrameEncoder encoder = new FrameEncoder(1);
    List<Step> expected = new ArrayList<>();
    String lastEventId = "";
    Optional<Duration> retry = Optional.empty();
    for (SseEvent event : events) {
      encoder.event(event);
      lastEventId = event.id() == null ? lastEventId : wellFormed(event.id());
      retry = event.retry() == null ? retry : Optional.of(event.retry());
      expected.addAll(steps(event, lastEventId));
    }

    Transcript actual = parse(randomPieces(encoder.toByteArray(), new Random(seed)));

    assertEquals(new Transcript(expected, lastEventId, retry, false, false), actual);
  }

  @Property
  void frameOfLogArrivesWithItsCursorAndChannel(
      @ForAll("events") SseEvent event, @ForAll @LongRange(min = 0) long offset) {
    Cursor cursor = new Cursor("AbC-_~.9", offset);
    Frame frame = FrameEncoder.frame(event.withId("not sent"), "channel");
    FrameEncoder encoder = new FrameEncoder(1).id(cursor.epoch(), offset).frame(frame);

    Transcript actual = parse(List.of(encoder.toByteArray()));

    Event arrived = actual.events().get(0);
    assertEquals(1, actual.events().size());
    assertEquals(Optional.of(cursor), arrived.id().flatMap(Cursor::parse));
    assertEquals(event.type() == null ? "channel" : wellFormed(event.type()), arrived.type());
    assertEquals(carried(event.data()), arrived.data());
  }

  /** Several clients fail on CR, and a stream that began with a mark would lose it. */
  @Property
  void linesEndInLineFeedAndBeginInAscii(@ForAll("events") SseEvent event) {
    byte[] stream = new FrameEncoder(1).event(event).toByteArray();

    assertFalse(new String(stream, UTF_8).contains("\r"));
    assertFalse(stream[0] < 0);
  }

  @Provide
  Arbitrary<SseEvent> events() {
    Arbitrary<String> line = texts().map(text -> text.replaceAll("[\r\n\0]", "")).injectNull(0.5);
    return Combinators.combine(
            line.map(type -> "".equals(type) ? null : type),
            texts(),
            line,
            line,
            Arbitraries.integers().greaterOrEqual(1).map(Duration::ofMillis).injectNull(0.7))
        .as(SseEvent::new)
        .withoutEdgeCases(); // there are more of them than tries, and the texts have their own
  }

  @Provide
  Arbitrary<List<SseEvent>> manyEvents() {
    return events().list().ofMaxSize(12);
  }

  private static Arbitrary<String> texts() {
    Arbitrary<Character> telling =
        Arbitraries.of(
            '\r', '\n', '\0', ' ', ':', '\t', 'a', '\u0085', '\u00e4', '\u2028', '\ud800', '\ud83d',
            '\ude00', '\udfff', '\ufeff', '\ufffd');
    return Arbitraries.frequencyOf(
        Tuple.of(3, telling.list().ofMaxSize(12).map(EncodeThenParseTest::join)),
        Tuple.of(1, Arbitraries.strings().all().ofMaxLength(40)));
  }

  private static String join(List<Character> characters) {
    StringBuilder text = new StringBuilder();
    characters.forEach(text::append);
    return text.toString();
  }

  private static List<Step> steps(SseEvent event, String lastEventId) {
    List<Step> steps = new ArrayList<>();
    if (event.comment() != null) {
      String comment = wellFormed(event.comment());
      steps.add(new Comment(comment.isEmpty() ? "" : " " + comment));
    }
    steps.add(
        new Event(
            event.type() == null ? "" : wellFormed(event.type()),
            carried(event.data()),
            Optional.ofNullable(event.id()).map(EncodeThenParseTest::wellFormed),
            event.id() == null ? lastEventId : wellFormed(event.id()),
            false));
    return steps;
  }

  /** What SSE can carry of a text. */
  private static String carried(String text) {
    return wellFormed(text.replace("\r\n", "\n").replace('\r', '\n'));
  }

  private static String wellFormed(String text) {
    int[] codePoints =
        text.codePoints().map(it -> it >= 0xD800 && it <= 0xDFFF ? 0xFFFD : it).toArray();
    return new String(codePoints, 0, codePoints.length);
  }

  private static List<Event> roundTrip(String text) {
    byte[] stream = new FrameEncoder(1).event(SseEvent.of(text)).toByteArray();
    return parse(Transcript.pieces(stream, 1)).events();
  }

  private static Transcript parse(Iterable<byte[]> pieces) {
    return Transcript.of(new EventStreamParser(LIMIT), pieces);
  }

  private static List<byte[]> randomPieces(byte[] stream, Random random) {
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < stream.length; ) {
      int end = Math.min(stream.length, at + random.nextInt(40));
      pieces.add(Arrays.copyOfRange(stream, at, end));
      at = end;
    }
    return pieces;
  }
}
