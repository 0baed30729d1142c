package dev.ssebridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import dev.ssebridge.EventStreamParser.Stop;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One test for each detail of WHATWG HTML §9.2.6, every one of them at every cut of its input. */
class EventStreamParserTest {
  private static final int LIMIT = 1 << 20;

  // Byte order mark.

  @Test
  void oneMarkIsStrippedFromTheStart() {
    assertEquals(List.of("1"), data("\ufeffdata:1\n\n"));
    assertEquals(List.of(), data("\ufeff\ufeffdata:1\n\n"));
    assertEquals(List.of("2"), data("data:2\n\n\ufeffdata:1\n\n"));
    assertEquals(List.of("\ufeff1"), data("data:\ufeff1\n\n"));
  }

  @Test
  void whatOnlyBeginsLikeMarkIsText() {
    assertEquals(List.of("1"), data("\ufeaf\ndata:1\n\n")); // EF BA AF
    Transcript cutShort = parse(bytes(0xEF, 0xBB, "\ndata:1\n\n"));

    assertEquals(List.of(new Event("", "1", Optional.empty(), "", true)), cutShort.events());
  }

  @Test
  void markAloneIsNothingAndHalfMarkIsUnfinished() {
    assertFalse(parse(bytes(0xEF, 0xBB, 0xBF)).unfinished());
    assertTrue(parse(bytes(0xEF, 0xBB)).unfinished());
  }

  // Lines.

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void everyLineEndEndsOneLine(String end) {
    String stream = "data:a|data:b||data:c||".replace("|", end);

    assertEquals(List.of("a\nb", "c"), data(stream));
  }

  @Test
  void lineEndsMayBeMixed() {
    assertEquals(List.of("a\nb\nc", "d"), data("data:a\rdata:b\r\ndata:c\n\r\ndata:d\r\r\n"));
    assertEquals(List.of("a"), data("data:a\n\r"));
  }

  @Test
  void eventAfterCarriageReturnWaitsForNothing() {
    EventStreamParser parser = new EventStreamParser(LIMIT);
    parser.feed("data:a\r\r".getBytes(UTF_8), 0, 8);

    assertInstanceOf(Event.class, parser.next());
    assertFalse(parser.hasUnfinishedBlock());
  }

  @Test
  void otherSeparatorsOfUnicodeEndNoLine() {
    String text = "a\u0085b\u2028c\u2029d\u000be\u000cf\u001cg";

    assertEquals(List.of(text), data("data:" + text + "\n\n"));
  }

  @Test
  void lastBlankLineIsNotLost() {
    assertEquals(List.of("a"), data("data:a\n\n"));
    assertEquals(List.of(), data("data:a\n"));
    assertEquals(List.of(), data("data:a"));
  }

  // Fields.

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "data:x|x",
        "data: x|x",
        "data:  x| x",
        "data:\tx|\tx",
        "data: \tx|\tx",
        "data:x |x "
      },
      delimiter = '|')
  void oneSpaceAfterTheColonIsStripped(String line, String expected) {
    assertEquals(List.of(expected), data(line + "\n\n"));
  }

  @Test
  void lineWithoutColonIsFieldWithEmptyValue() {
    assertEquals(List.of(""), data("data\n\n"));
    assertEquals(List.of("\n"), data("data\ndata\n\n"));
    assertEquals(List.of("x"), data("event:a\nevent\ndata:x\n\n"));
    assertEquals("", parse("id:1\ndata:x\n\nid\ndata:y\n\n").lastEventId());
  }

  @Test
  void onlyTheExactNamesAreFields() {
    String others =
        "Data:x\nDATA:x\n data:x\ndata :x\ndatab:x\ndat:x\ndata\0:x\n\uff44ata:x\n:data:x\n";

    assertEquals(List.of(), data(others + "\n"));
    assertEquals(List.of("y"), data(others + "data:y\n" + others + "\n"));
    assertEquals("", parse("ID:1\nidx:1\ni:1\ndata:y\n\n").lastEventId());
    assertEquals(Optional.empty(), parse("Retry:1\nretry2:1\nretr:1\n").retry());
    assertEquals(
        List.of(new Event("", "y", Optional.empty(), "", false)),
        parse("Event:1\nevents:1\neven:1\ndata:y\n\n").events());
  }

  @Test
  void valueMayHoldColonsAndNul() {
    assertEquals(List.of(":a: b:"), data("data::a: b:\n\n"));
    assertEquals(List.of("a\0b"), data("data:a\0b\n\n"));
  }

  @Test
  void dataThatEndsInLineFeedAndEmptyDataAreExact() {
    assertEquals(
        List.of("", "\n", "\n\n", "a\n", "\na"),
        data(
            """
        data:

        data:
        data:

        data:
        data:
        data:

        data:a
        data:

        data:
        data:a

        """));
  }

  @Test
  void blockWithoutDataIsNoEvent() {
    assertEquals(List.of(), data("event:a\n\n\n\n:c\n\nretry:1\n\n"));
  }

  @Test
  void typeIsTheLastOneAndOfThisBlockOnly() {
    Transcript transcript = parse("event:a\nevent:b\ndata:1\n\ndata:2\n\nevent:c\n\ndata:3\n\n");

    assertEquals(List.of("b", "", ""), transcript.events().stream().map(Event::type).toList());
  }

  @Test
  void commentIsNoEventWhereverItStands() {
    Transcript transcript = parse(":\n: a\ndata:1\n::b\ndata:2\n\n:c\n");

    assertEquals(List.of("1\n2"), transcript.events().stream().map(Event::data).toList());
    assertEquals(List.of("", " a", ":b", "c"), transcript.comments());
  }

  // Ids.

  @Test
  void idStaysUntilAnotherAndOwnIdIsToldApart() {
    Transcript transcript = parse("id:1\ndata:a\n\ndata:b\n\nid:\ndata:c\n\nid: 2\ndata:d\n\n");

    assertEquals(
        List.of(
            new Event("", "a", Optional.of("1"), "1", false),
            new Event("", "b", Optional.empty(), "1", false),
            new Event("", "c", Optional.of(""), "", false),
            new Event("", "d", Optional.of("2"), "2", false)),
        transcript.events());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "\0\0", "x\0", "\0x", "x\0x", " \0"})
  void idWithNulIsIgnored(String id) {
    Transcript transcript = parse("id:1\ndata:a\n\nid:" + id + "\ndata:b\n\n");

    assertEquals(new Event("", "b", Optional.empty(), "1", false), transcript.events().get(1));
    assertEquals("2", parse("id:2\nid:" + id + "\ndata:b\n\n").lastEventId());
  }

  @Test
  void blockOfIdAloneCountsWithoutAnEvent() {
    Transcript transcript = parse("id:7\n\n");

    assertEquals(List.of(), transcript.events());
    assertEquals("7", transcript.lastEventId());
    assertEquals("7", parse("id:7\n\ndata:a\n\n").events().get(0).lastEventId());
  }

  @Test
  void idOfCutOffBlockDoesNotCount() {
    for (String cutOff : List.of("id:2", "id:2\n", "id:2\ndata:b", "id:2\ndata:b\n")) {
      Transcript transcript = parse("id:1\ndata:a\n\n" + cutOff);

      assertEquals("1", transcript.lastEventId(), cutOff);
      assertEquals(1, transcript.events().size(), cutOff);
      assertTrue(transcript.unfinished(), cutOff);
    }
  }

  @Test
  void idNeedNotBeAscii() {
    assertEquals("\u2026\ud83d\ude00", parse("id: \u2026\ud83d\ude00\n\n").lastEventId());
  }

  @Test
  void streamAfterReconnectBeginsWithTheIdBefore() {
    EventStreamParser parser = new EventStreamParser(LIMIT, "7");
    Transcript transcript = Transcript.of(parser, List.of("data:a\n\n".getBytes(UTF_8)));

    assertEquals(List.of(new Event("", "a", Optional.empty(), "7", false)), transcript.events());
  }

  // Reconnection time.

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "3000, 3000",
    "03000, 3000",
    "2147483647, 2147483647",
    "2147483648, 2147483647",
    "99999999999999999999999999, 2147483647",
  })
  void retryIsDecimalAndClamped(String value, long millis) {
    assertEquals(Optional.of(Duration.ofMillis(millis)), parse("retry:" + value + "\n").retry());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "1000x", "+5", "-5", "1.5", "1e3", "0x10", "  5", "5 ", "\u0665", "5\0"})
  void retryOfAnythingButDigitsIsIgnored(String value) {
    assertEquals(
        Optional.of(Duration.ofMillis(3)), parse("retry:3\nretry:" + value + "\n").retry());
  }

  @Test
  void retryCountsWithoutDataOrBlankLine() {
    assertEquals(Optional.of(Duration.ofMillis(9)), parse("retry:9\n").retry());
    assertEquals(Optional.empty(), parse("retry:9").retry());
  }

  // UTF-8.

  @Test
  void multiByteCharactersMayBeCutAnywhere() {
    assertEquals(List.of("\u00e4\u20ac\ud83d\ude00"), data("data:\u00e4\u20ac\ud83d\ude00\n\n"));
  }

  /** Encoding Standard §8.1.1: one U+FFFD for each longest part that begins a character. */
  @ParameterizedTest
  @CsvSource({
    "80, 1",
    "BF BF, 2",
    "C0 80, 2",
    "C1 BF, 2",
    "C2, 1",
    "C2 41, 1A",
    "E0 80 80, 3",
    "E0 A0, 1",
    "E0 9F BF, 3",
    "E1 80 41, 1A",
    "ED A0 80, 3",
    "ED BF BF, 3",
    "F0 80 80 80, 4",
    "F0 8F BF BF, 4",
    "F0 90, 1",
    "F0 9F 98, 1",
    "F1 80 80 41, 1A",
    "F4 90 80 80, 4",
    "F5 80 80 80, 4",
    "FF, 1",
    "FE FF, 2",
    "E1 80 E2 F0 91 92 F1 BF 41, 4A",
    "C0 AF E0 80 BF F0 81 82 41, 8A",
    "ED A0 80 ED B0 80, 6",
  })
  void malformedUtf8IsReplacedAndTold(String hex, String expected) {
    byte[] malformed = new byte[(hex.length() + 1) / 3];
    for (int i = 0; i < malformed.length; i++) {
      malformed[i] = (byte) Integer.parseInt(hex, 3 * i, 3 * i + 2, 16);
    }
    int replaced = expected.charAt(0) - '0';
    String text = "\ufffd".repeat(replaced) + expected.substring(1);

    assertEquals(
        List.of(new Event("", text, Optional.empty(), "", true)),
        parse(bytes("data:", malformed, "\n\n")).events());
    assertEquals(
        List.of(new Event(text, text + "\n" + text, Optional.of(text), text, true)),
        parse(
                bytes(
                    "id:",
                    malformed,
                    "\ndata:",
                    malformed,
                    "\ndata:",
                    malformed,
                    "\nevent:",
                    malformed,
                    "\n\n"))
            .events());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"event:", "id:", ":", "unknown:", "", "retry:", "data:", "data", "retry:5"})
  void malformedLineOfAnyKindMarksItsBlockOnly(String line) {
    byte[] stream = bytes("data:a\n\n", line, 0xFF, "\ndata:b\n\ndata:c\n\n");

    assertEquals(
        List.of(false, true, false),
        parse(stream).events().stream().map(Event::malformed).toList());
  }

  @Test
  void replacementCharacterSentAsSuchIsNotMalformed() {
    assertEquals(
        List.of(new Event("", "a\ufffdb", Optional.empty(), "", false)),
        parse("data:a\ufffdb\n\n").events());
    assertEquals(
        List.of(new Event("", "\ufffd\u20ac\ufffd\ud83d\ude00\ufffd", Optional.empty(), "", true)),
        parse(bytes("data:\ufffd\u20ac", 0xFF, "\ud83d\ude00", 0xC3, "\n\n")).events());
  }

  @Property
  void everyCodePointDecodesToItself(@ForAll @IntRange(min = 1, max = 0x10FFFF) int codePoint) {
    if (codePoint == '\n' || codePoint == '\r' || (codePoint >= 0xD800 && codePoint <= 0xDFFF)) {
      return;
    }
    String text = Character.toString(codePoint);
    byte[] malformedToo = bytes("data: " + text, 0xFF, text + "\n\n");

    assertEquals(
        List.of(new Event("", text + "\ufffd" + text, Optional.empty(), "", true)),
        parse(malformedToo).events());
  }

  // Bounds.

  @ParameterizedTest
  @ValueSource(ints = {0, -1, EventStreamParser.MAX_LIMIT + 1, Integer.MIN_VALUE})
  void limitOutOfRangeIsRefused(int limit) {
    assertThrows(IllegalArgumentException.class, () -> new EventStreamParser(limit));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"data:67890\n\n", "data:6\rda\r\r", "id:4\r\nevent:\r\n\r\n", "unknown890\n\n"})
  void blockAtTheLimitPassesAndOneByteMoreIsTooLarge(String block) {
    byte[] input = ("data:a\n\n" + block + "data:b\n\n").getBytes(UTF_8);
    int bytes = block.replaceAll("[\r\n]", "").length();
    Transcript.forEveryCut(
        input,
        pieces -> {
          Transcript atLimit = Transcript.of(new EventStreamParser(bytes), pieces);
          assertFalse(atLimit.tooLarge());
          assertEquals("b", atLimit.events().get(atLimit.events().size() - 1).data());

          Transcript over = Transcript.of(new EventStreamParser(bytes - 1), pieces);
          assertTrue(over.tooLarge());
          assertTrue(over.unfinished());
          assertEquals(1, over.events().size());
        });
  }

  @Test
  void tooLargeIsSaidBeforeTheLineEnds() {
    EventStreamParser parser = new EventStreamParser(10);
    feed(parser, "data:67890");
    assertSame(Stop.NEEDS_INPUT, parser.next());

    feed(parser, "1");
    assertSame(Stop.TOO_LARGE, parser.next());
  }

  @Test
  void everythingAfterTooLargeIsThrownAway() {
    EventStreamParser parser = new EventStreamParser(6);
    feed(parser, "data:toomuch\n\ndata:a\n\n");
    assertSame(Stop.TOO_LARGE, parser.next());
    assertEquals(0, parser.unread());
    assertSame(Stop.TOO_LARGE, parser.next());

    feed(parser, "\n\ndata:a\n\n");
    assertSame(Stop.TOO_LARGE, parser.next());
    assertTrue(parser.hasUnfinishedBlock());
  }

  @Test
  void heartbeatsForDaysAreNotTooLarge() {
    EventStreamParser parser = new EventStreamParser(8);
    for (int i = 0; i < 10_000; i++) {
      feed(parser, ":\n");
      while (!(parser.next() instanceof Stop)) {}
    }
    feed(parser, "data:abc\n:\ndata\n\n");
    assertInstanceOf(EventStreamParser.Comment.class, parser.next());
    assertSame(Stop.TOO_LARGE, parser.next());
  }

  @Test
  void commentLineHasTheLimitOfAnyLine() {
    assertFalse(Transcript.of(new EventStreamParser(4), List.of(bytes(":abc\n"))).tooLarge());
    assertTrue(Transcript.of(new EventStreamParser(4), List.of(bytes(":abcd\n"))).tooLarge());
    assertTrue(Transcript.of(new EventStreamParser(4), List.of(bytes(":abcd"))).tooLarge());
  }

  // Taking events one by one.

  @Test
  void eventsAreReadOnlyWhenAskedFor() {
    EventStreamParser parser = new EventStreamParser(LIMIT);
    feed(parser, "id:1\ndata:a\n\nid:2\ndata:b\n\n");

    assertEquals("a", assertInstanceOf(Event.class, parser.next()).data());
    assertEquals(13, parser.unread());
    assertEquals("1", parser.lastEventId());
  }

  @Test
  void inputOverUnreadInputIsCallersMistake() {
    EventStreamParser parser = new EventStreamParser(LIMIT);
    feed(parser, "data:a\n\ndata:b\n\n");
    parser.next();

    assertThrows(IllegalStateException.class, () -> feed(parser, "data:c\n\n"));
    assertThrows(IndexOutOfBoundsException.class, () -> parser.feed(new byte[3], 2, 2));
  }

  @Test
  void arrayIsFreeAgainOnceInputIsNeeded() {
    EventStreamParser parser = new EventStreamParser(LIMIT);
    byte[] buffer = new byte[5];
    List<Step> steps = new ArrayList<>();
    byte[] stream = "event:abc\ndata:first\ndata:second\n\n".getBytes(UTF_8);
    for (byte[] piece : Transcript.pieces(stream, buffer.length)) {
      System.arraycopy(piece, 0, buffer, 0, piece.length);
      parser.feed(buffer, 0, piece.length);
      for (Step step = parser.next(); step != Stop.NEEDS_INPUT; step = parser.next()) {
        steps.add(step);
      }
      Arrays.fill(buffer, (byte) '\n');
    }

    assertEquals(List.of(new Event("abc", "first\nsecond", Optional.empty(), "", false)), steps);
  }

  @Test
  void nothingIsUnfinishedAfterBlankLine() {
    for (String stream : List.of("", "\n", "data:a\n\n", "data:a\n\n\n\r\n", "data:a\r\n\r\n")) {
      assertFalse(parse(stream).unfinished(), stream);
    }
    for (String stream : List.of("x", "data:a\n\nx", "data:a\n\n:\n", "data:a\n\n ", "\0")) {
      assertTrue(parse(stream).unfinished(), stream);
    }
  }

  // Against the reference.

  @Property(tries = 3000)
  void agreesWithTheReferenceAtEveryCut(
      @ForAll("streams") byte[] input, @ForAll @IntRange(min = 3, max = 60) int limit) {
    Transcript expected = ReferenceParser.parse(input, limit);

    Transcript.forEveryCut(
        input,
        pieces -> assertEquals(expected, Transcript.of(new EventStreamParser(limit), pieces)));
  }

  /** Fragments that mean something, next to each other in any order. */
  @Provide
  Arbitrary<byte[]> streams() {
    Arbitrary<String> syntax =
        Arbitraries.of(
            "data", "event", "id", "retry", ":", ": ", "\n", "\n\n", "\r", "\r\n", "\r\r\n", " ");
    Arbitrary<String> text =
        Arbitraries.of("a", "7", "\0", "\t", "\u00e4", "\ufffd", "\ufeff", "\ud83d\ude00");
    Arbitrary<String> raw =
        Arbitraries.of("\u00ff", "\u00c3", "\u00ed\u00a0", "\u00ef\u00bb", "\u0080");
    return Arbitraries.frequencyOf(
            Tuple.of(8, syntax.map(it -> it.getBytes(UTF_8))),
            Tuple.of(3, text.map(it -> it.getBytes(UTF_8))),
            Tuple.of(1, raw.map(it -> it.getBytes(ISO_8859_1))))
        .list()
        .ofMaxSize(30)
        .map(parts -> bytes(parts.toArray()));
  }

  private static void feed(EventStreamParser parser, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    parser.feed(bytes, 0, bytes.length);
  }

  private static List<String> data(String stream) {
    return parse(stream).events().stream().map(Event::data).toList();
  }

  private static Transcript parse(String stream) {
    return parse(stream.getBytes(UTF_8));
  }

  /** The one transcript of all cuts. */
  private static Transcript parse(byte[] input) {
    Transcript whole = Transcript.of(new EventStreamParser(LIMIT), List.of(input));
    Transcript.forEveryCut(
        input, pieces -> assertEquals(whole, Transcript.of(new EventStreamParser(LIMIT), pieces)));
    return whole;
  }

  /** Joins texts (as UTF-8), arrays and single bytes. */
  private static byte[] bytes(Object... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Object part : parts) {
      if (part instanceof Integer b) {
        bytes.write(b);
      } else {
        bytes.writeBytes(part instanceof byte[] array ? array : ((String) part).getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }
}
