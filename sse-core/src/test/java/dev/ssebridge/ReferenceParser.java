package dev.ssebridge;

import dev.ssebridge.EventStreamParser.Comment;
import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The specification, sentence by sentence, on the whole input at once: slow, and plain enough to be
 * seen to be right. It is what {@link EventStreamParser} is held against.
 */
final class ReferenceParser {
  /** One code point of the decoded stream, with the bytes it came from. */
  private record Unit(int codePoint, int bytes, boolean malformed) {}

  private ReferenceParser() {}

  static Transcript parse(byte[] input, int limit) {
    List<Unit> stream = decode(input);
    if (!stream.isEmpty() && stream.get(0).codePoint() == 0xFEFF) {
      stream.remove(0); // "one leading U+FEFF BYTE ORDER MARK character must be ignored"
    }

    List<List<Unit>> lines = new ArrayList<>(); // the last one has no end
    lines.add(new ArrayList<>());
    for (int i = 0; i < stream.size(); i++) {
      Unit unit = stream.get(i);
      if (unit.codePoint() == '\r' || unit.codePoint() == '\n') {
        if (unit.codePoint() == '\r'
            && i + 1 < stream.size()
            && stream.get(i + 1).codePoint() == '\n') {
          i++;
        }
        lines.add(new ArrayList<>());
      } else {
        lines.get(lines.size() - 1).add(unit);
      }
    }

    List<Step> steps = new ArrayList<>();
    String lastEventIdString = "";
    Optional<Duration> reconnectionTime = Optional.empty();
    String data = "";
    String eventType = "";
    String lastEventIdBuffer = "";
    Optional<String> ownId = Optional.empty();
    boolean malformed = false;
    int blockBytes = 0;
    boolean unfinished = false;
    for (int i = 0; i < lines.size(); i++) {
      List<Unit> line = lines.get(i);
      String text = text(line);
      boolean comment = text.startsWith(":");
      int bytes = line.stream().mapToInt(Unit::bytes).sum();
      blockBytes += comment ? 0 : bytes;
      if (bytes > limit || (!comment && blockBytes > limit)) {
        return new Transcript(steps, lastEventIdString, reconnectionTime, true, true);
      }
      if (i == lines.size() - 1) { // "the event is discarded"
        unfinished |= !line.isEmpty();
        break;
      }
      malformed |= line.stream().anyMatch(Unit::malformed);
      if (line.isEmpty()) {
        lastEventIdString = lastEventIdBuffer;
        if (!data.isEmpty()) {
          data = data.substring(0, data.length() - 1); // it ends in LF
          steps.add(new Event(eventType, data, ownId, lastEventIdString, malformed));
        }
        data = "";
        eventType = "";
        ownId = Optional.empty();
        malformed = false;
        blockBytes = 0;
        unfinished = false;
        continue;
      }
      unfinished = true;
      if (comment) {
        steps.add(new Comment(text.substring(1)));
        continue;
      }
      int colon = text.indexOf(':');
      String field = colon < 0 ? text : text.substring(0, colon);
      String value = colon < 0 ? "" : text.substring(colon + 1);
      if (value.startsWith(" ")) {
        value = value.substring(1);
      }
      switch (field) {
        case "event" -> eventType = value;
        case "data" -> data = data + value + "\n";
        case "id" -> {
          if (!value.contains("\0")) {
            lastEventIdBuffer = value;
            ownId = Optional.of(value);
          }
        }
        case "retry" -> {
          if (value.matches("[0-9]+")) {
            BigInteger most = BigInteger.valueOf(Integer.MAX_VALUE);
            long millis = new BigInteger(value).min(most).longValueExact();
            reconnectionTime = Optional.of(Duration.ofMillis(millis));
          }
        }
        default -> {} // "The field is ignored."
      }
    }
    return new Transcript(steps, lastEventIdString, reconnectionTime, unfinished, false);
  }

  private static String text(List<Unit> line) {
    StringBuilder text = new StringBuilder();
    line.forEach(unit -> text.appendCodePoint(unit.codePoint()));
    return text.toString();
  }

  /** The UTF-8 decoder as the Encoding Standard (§8.1.1) words it. */
  private static List<Unit> decode(byte[] input) {
    List<Unit> output = new ArrayList<>();
    int codePoint = 0;
    int bytesSeen = 0;
    int bytesNeeded = 0;
    int lowerBoundary = 0x80;
    int upperBoundary = 0xBF;
    for (int i = 0; i < input.length; i++) {
      int b = input[i] & 0xFF;
      if (bytesNeeded == 0) {
        if (b <= 0x7F) {
          output.add(new Unit(b, 1, false));
        } else if (b >= 0xC2 && b <= 0xDF) {
          bytesNeeded = 1;
          codePoint = b & 0x1F;
        } else if (b >= 0xE0 && b <= 0xEF) {
          if (b == 0xE0) {
            lowerBoundary = 0xA0;
          }
          if (b == 0xED) {
            upperBoundary = 0x9F;
          }
          bytesNeeded = 2;
          codePoint = b & 0xF;
        } else if (b >= 0xF0 && b <= 0xF4) {
          if (b == 0xF0) {
            lowerBoundary = 0x90;
          }
          if (b == 0xF4) {
            upperBoundary = 0x8F;
          }
          bytesNeeded = 3;
          codePoint = b & 0x7;
        } else {
          output.add(new Unit(0xFFFD, 1, true));
        }
        continue;
      }
      if (b < lowerBoundary || b > upperBoundary) {
        output.add(new Unit(0xFFFD, 1 + bytesSeen, true));
        codePoint = 0;
        bytesNeeded = 0;
        bytesSeen = 0;
        lowerBoundary = 0x80;
        upperBoundary = 0xBF;
        i--; // "restore byte to ioQueue"
        continue;
      }
      lowerBoundary = 0x80;
      upperBoundary = 0xBF;
      codePoint = (codePoint << 6) | (b & 0x3F);
      bytesSeen++;
      if (bytesSeen == bytesNeeded) {
        output.add(new Unit(codePoint, 1 + bytesSeen, false));
        codePoint = 0;
        bytesNeeded = 0;
        bytesSeen = 0;
      }
    }
    if (bytesNeeded != 0) {
      output.add(new Unit(0xFFFD, 1 + bytesSeen, true));
    }
    return output;
  }
}
