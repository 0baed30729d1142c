package dev.ssebridge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code text/event-stream} from bytes as they come (WHATWG HTML §9.2.6). Where the input is
 * cut makes no difference, and no input makes it throw.
 *
 * <pre>{@code
 * parser.feed(bytes, 0, count);
 * for (Step step = parser.next(); step != Stop.NEEDS_INPUT; step = parser.next()) {
 *   if (step instanceof Event event) {
 *     take(event);
 *   } else if (step == Stop.TOO_LARGE) {
 *     return refused();
 *   }
 * }
 * }</pre>
 *
 * <p>One event is read per call of {@link #next()}, so a caller that stops after any of them has
 * taken that event and nothing behind it. Only what the specification lets an {@code EventSource}
 * see is an event: a block without {@code data} is none, though its {@code id} counts, and a block
 * that the input cuts off is never delivered.
 *
 * <p><b>Bounded.</b> No line may have more bytes than the limit, nor may the lines of one block
 * together; line ends and the byte order mark are not counted, comments only line by line (a
 * heartbeat may repeat for days without a blank line). One byte more, and the outcome is {@link
 * Stop#TOO_LARGE} from then on. The bytes it keeps between calls are at most twice the limit.
 *
 * <p><i>Threading:</i> not safe for concurrent use; no thread in particular is required.
 */
public final class EventStreamParser {
  /** The largest limit a parser can be given, 512 MiB. */
  public static final int MAX_LIMIT = 1 << 29;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final byte[] DATA = "data".getBytes(US_ASCII);
  private static final byte[] EVENT = "event".getBytes(US_ASCII);
  private static final byte[] ID = "id".getBytes(US_ASCII);
  private static final byte[] RETRY = "retry".getBytes(US_ASCII);
  private static final byte[] NOTHING = {};
  private static final int OTHER_FIELD = -1;

  private final int maxEventBytes;

  private byte[] input = NOTHING; // the caller's array, ours to read until unread() is 0
  private int position;
  private int end;

  private int markBytes; // how much of the byte order mark has been seen
  private boolean markDone; // the first line has begun
  private boolean skipLineFeed; // the line before ended in CR, so one LF belongs to it
  private boolean tooLarge;

  // The data lines of this block, each with LF, then the part of a line whose end is yet to come.
  private byte[] kept = NOTHING;
  private int dataLength;
  private int partLength;

  private boolean inBlock;
  private int blockBytes;
  private String type = "";
  private @Nullable String id; // null: no id line in this block yet
  private boolean malformed;

  private String lastEventId;
  private @Nullable Duration retry; // null: the stream has not set it

  /** What {@link #next()} found. */
  public sealed interface Step {}

  /**
   * One event.
   *
   * @param type what the {@code event} line says; empty if there is none, where an {@code
   *     EventSource} would say {@code message}
   * @param data the data lines, joined by LF
   * @param id what this block's own {@code id} line says, which may be the empty text; empty if it
   *     has no such line, or only ones that contain NUL, which are ignored
   * @param lastEventId the id in force with this event: its own, else that of an earlier block
   * @param malformed whether any line of the block, be it of an ignored field or a comment, was not
   *     UTF-8. What was not is U+FFFD in the texts (Encoding Standard §8.1.1); a U+FFFD that was
   *     sent as such is not malformed
   */
  public record Event(
      String type, String data, Optional<String> id, String lastEventId, boolean malformed)
      implements Step {}

  /**
   * A comment line, such as a heartbeat. It may stand within a block, and is delivered before the
   * event of that block.
   *
   * @param text everything after the colon
   */
  public record Comment(String text) implements Step {}

  /** Why there is nothing to deliver. */
  public enum Stop implements Step {
    /** All input has been read. */
    NEEDS_INPUT,

    /** A line or a block exceeds the limit. It is final: all input after it is thrown away. */
    TOO_LARGE
  }

  /**
   * Begins a stream without a last event id.
   *
   * @param maxEventBytes the limit in bytes, 1 to {@link #MAX_LIMIT}
   */
  public EventStreamParser(int maxEventBytes) {
    this(maxEventBytes, "");
  }

  /**
   * Begins a stream that continues another, as after a reconnect.
   *
   * @param maxEventBytes the limit in bytes, 1 to {@link #MAX_LIMIT}
   * @param lastEventId the {@link #lastEventId()} of the stream before; empty for none
   */
  public EventStreamParser(int maxEventBytes, String lastEventId) {
    if (maxEventBytes < 1 || maxEventBytes > MAX_LIMIT) {
      throw new IllegalArgumentException(
          "maxEventBytes must be 1 to " + MAX_LIMIT + ": " + maxEventBytes);
    }
    this.maxEventBytes = maxEventBytes;
    this.lastEventId = Objects.requireNonNull(lastEventId);
  }

  /**
   * Gives the parser its next input. The array is not copied: leave it alone until {@link #next()}
   * has asked for input.
   *
   * @param bytes holds the input
   * @param offset where it begins
   * @param length how many bytes it has
   * @throws IllegalStateException if earlier input is still unread
   */
  public void feed(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (unread() > 0) {
      throw new IllegalStateException("input still unread: " + unread() + " bytes");
    }
    input = bytes;
    position = offset;
    end = offset + length;
  }

  /**
   * Reads up to the next event or comment, or to the end of the input.
   *
   * @return what it came to
   */
  public Step next() {
    if (!markDone && !tooLarge) {
      skipByteOrderMark();
    }
    while (position < end && !tooLarge) {
      if (skipLineFeed) {
        skipLineFeed = false;
        if (input[position] == '\n') {
          position++;
          continue;
        }
      }
      int lineEnd = lineEnd(input, position, end);
      boolean blank = partLength == 0 && lineEnd == position;
      if (!blank && lineEnd - position > room() - partLength) {
        tooLarge = true;
      } else if (lineEnd == end) {
        keepPart(input, position, lineEnd);
        position = end;
      } else {
        Step step = endLine(lineEnd);
        skipLineFeed = input[lineEnd] == '\r';
        position = lineEnd + 1;
        if (step != null) {
          return step;
        }
      }
    }
    input = NOTHING;
    position = 0;
    end = 0;
    return tooLarge ? Stop.TOO_LARGE : Stop.NEEDS_INPUT;
  }

  /**
   * How much of the input {@link #next()} has not come to yet.
   *
   * @return bytes
   */
  public int unread() {
    return end - position;
  }

  /**
   * The id to reconnect with: that of the last block that was complete, with or without data.
   *
   * @return the id, empty for none
   */
  public String lastEventId() {
    return lastEventId;
  }

  /**
   * The reconnection time the stream asked for last.
   *
   * @return at most {@value Integer#MAX_VALUE} ms; empty if it did not ask
   */
  public Optional<Duration> retry() {
    return Optional.ofNullable(retry);
  }

  /**
   * Whether what was read so far ends within a block.
   *
   * @return true if there is anything after the last blank line; should the input end here, it is
   *     lost
   */
  public boolean hasUnfinishedBlock() {
    return inBlock || partLength > 0 || tooLarge || (!markDone && markBytes > 0);
  }

  private void skipByteOrderMark() {
    while (markBytes < BYTE_ORDER_MARK.length && position < end) {
      if (input[position] != BYTE_ORDER_MARK[markBytes]) {
        markDone = true;
        keepPart(BYTE_ORDER_MARK, 0, markBytes); // no mark: the first line begins like one
        return;
      }
      markBytes++;
      position++;
    }
    markDone = markBytes == BYTE_ORDER_MARK.length;
  }

  /** The position of the first CR or LF, else {@code to}. */
  private static int lineEnd(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && bytes[i] != '\n' && bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  /** How many bytes the line that has begun may have. */
  private int room() {
    byte first = partLength > 0 ? kept[dataLength] : input[position];
    return first == ':' ? maxEventBytes : maxEventBytes - blockBytes;
  }

  private void keepPart(byte[] bytes, int from, int to) {
    int length = to - from;
    makeRoom(partLength + length);
    System.arraycopy(bytes, from, kept, dataLength + partLength, length);
    partLength += length;
  }

  private @Nullable Step endLine(int lineEnd) {
    if (partLength == 0) {
      return readLine(input, position, lineEnd);
    }
    keepPart(input, position, lineEnd);
    int length = partLength;
    partLength = 0;
    return readLine(kept, dataLength, dataLength + length);
  }

  private @Nullable Step readLine(byte[] line, int from, int to) {
    if (from == to) {
      return endBlock();
    }
    inBlock = true;
    if (line[from] == ':') {
      return new Comment(decode(line, from + 1, to));
    }
    blockBytes += to - from;
    readField(line, from, to);
    return null;
  }

  private void readField(byte[] line, int from, int to) {
    int value = valueStart(DATA, line, from, to);
    if (value != OTHER_FIELD) {
      appendData(line, value, to);
      return;
    }
    value = valueStart(EVENT, line, from, to);
    if (value != OTHER_FIELD) {
      type = decode(line, value, to);
      return;
    }
    value = valueStart(ID, line, from, to);
    if (value != OTHER_FIELD) {
      String text = decode(line, value, to);
      if (text.indexOf('\0') < 0) {
        id = text;
      }
      return;
    }
    value = valueStart(RETRY, line, from, to);
    if (value == OTHER_FIELD || !readRetry(line, value, to)) {
      checkIgnored(line, from, to);
    }
  }

  /** Where the value of a line begins if it is of this field, else {@link #OTHER_FIELD}. */
  private static int valueStart(byte[] field, byte[] line, int from, int to) {
    int colon = from + field.length;
    if (to < colon || line[from] != field[0]) {
      return OTHER_FIELD;
    }
    for (int i = 1; i < field.length; i++) {
      if (line[from + i] != field[i]) {
        return OTHER_FIELD;
      }
    }
    if (to == colon) {
      return to; // a line without a colon is a field with an empty value
    }
    if (line[colon] != ':') {
      return OTHER_FIELD;
    }
    int value = colon + 1;
    return value < to && line[value] == ' ' ? value + 1 : value;
  }

  private void appendData(byte[] line, int from, int to) {
    int length = to - from;
    makeRoom(length + 1);
    System.arraycopy(line, from, kept, dataLength, length); // may overlap: line may be kept itself
    dataLength += length;
    kept[dataLength++] = '\n';
  }

  private boolean readRetry(byte[] line, int from, int to) {
    if (from == to) {
      return false;
    }
    long millis = 0;
    for (int i = from; i < to; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      millis = Math.min(millis * 10 + digit, Integer.MAX_VALUE);
    }
    retry = Duration.ofMillis(millis);
    return true;
  }

  private void checkIgnored(byte[] line, int from, int to) {
    for (int i = from; i < to; i++) {
      if (line[i] < 0) {
        decode(line, i, to);
        return;
      }
    }
  }

  private @Nullable Step endBlock() {
    if (id != null) {
      lastEventId = id;
    }
    Event event = null;
    if (dataLength > 0) {
      String data = decode(kept, 0, dataLength - 1); // before malformed is read
      event = new Event(type, data, Optional.ofNullable(id), lastEventId, malformed);
    }
    inBlock = false;
    blockBytes = 0;
    dataLength = 0;
    type = "";
    id = null;
    malformed = false;
    return event;
  }

  /** Makes {@code kept} hold so many bytes after the data. */
  private void makeRoom(int length) {
    int needed = dataLength + length;
    if (needed > kept.length) {
      int most = 2 * maxEventBytes; // the data of a block, and a comment
      int roomier = Math.min(most, Math.max(256, 2 * Math.min(kept.length, maxEventBytes)));
      kept = Arrays.copyOf(kept, Math.max(needed, roomier));
    }
  }

  private String decode(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, UTF_8);
    // The JDK too puts U+FFFD for what is malformed, only not always as many as the standard.
    return text.indexOf('\uFFFD') < 0 ? text : decodeStrictly(bytes, from, to);
  }

  /** The UTF-8 decoder of the Encoding Standard (§8.1.1), for texts that need it. */
  private String decodeStrictly(byte[] bytes, int from, int to) {
    StringBuilder text = new StringBuilder(to - from);
    int i = from;
    while (i < to) {
      int lead = bytes[i++] & 0xFF;
      if (lead < 0x80) {
        text.append((char) lead);
        continue;
      }
      int following = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
      // No overlong form, no surrogate, nothing above U+10FFFF: the second byte shows it.
      int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
      int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
      int codePoint = lead & (0x3F >> following);
      int missing = following;
      while (missing > 0 && i < to) {
        int next = bytes[i] & 0xFF;
        if (next < lowest || next > highest) {
          break; // it is read again, as the beginning of something else
        }
        codePoint = codePoint << 6 | (next & 0x3F);
        lowest = 0x80;
        highest = 0xBF;
        missing--;
        i++;
      }
      if (following == 0 || missing > 0) {
        malformed = true;
        text.append('\uFFFD');
      } else {
        text.appendCodePoint(codePoint);
      }
    }
    return text.toString();
  }
}
