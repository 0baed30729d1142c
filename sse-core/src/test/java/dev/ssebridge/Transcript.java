package dev.ssebridge;

import dev.ssebridge.EventStreamParser.Comment;
import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import dev.ssebridge.EventStreamParser.Stop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Everything a parser says about an input. Two parsers agree if their transcripts are equal. */
record Transcript(
    List<Step> steps,
    String lastEventId,
    Optional<Duration> retry,
    boolean unfinished,
    boolean tooLarge) {

  /** What {@link EventStreamParser} says when the input comes in these pieces. */
  static Transcript of(EventStreamParser parser, Iterable<byte[]> pieces) {
    List<Step> steps = new ArrayList<>();
    boolean tooLarge = false;
    for (byte[] piece : pieces) {
      parser.feed(piece, 0, piece.length);
      Step step = parser.next();
      while (!(step instanceof Stop)) {
        steps.add(step);
        step = parser.next();
      }
      tooLarge = step == Stop.TOO_LARGE;
    }
    return new Transcript(
        List.copyOf(steps),
        parser.lastEventId(),
        parser.retry(),
        parser.hasUnfinishedBlock(),
        tooLarge);
  }

  /** Hands over the input whole, byte by byte, and at every split into two. */
  static void forEveryCut(byte[] input, Consumer<Iterable<byte[]>> test) {
    test.accept(List.of(input));
    test.accept(pieces(input, 1));
    for (int at = 0; at <= input.length; at++) {
      test.accept(List.of(slice(input, 0, at), slice(input, at, input.length)));
    }
  }

  /** The input in pieces of one size, but for the last. */
  static Iterable<byte[]> pieces(byte[] input, int size) {
    return () ->
        IntStream.iterate(0, at -> at < input.length, at -> at + size)
            .mapToObj(at -> slice(input, at, Math.min(input.length, at + size)))
            .iterator();
  }

  private static byte[] slice(byte[] input, int from, int to) {
    return Arrays.copyOfRange(input, from, to);
  }

  List<Event> events() {
    return steps.stream().filter(Event.class::isInstance).map(Event.class::cast).toList();
  }

  List<String> comments() {
    return steps.stream()
        .filter(Comment.class::isInstance)
        .map(step -> ((Comment) step).text())
        .toList();
  }
}
