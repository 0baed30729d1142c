package dev.ssebridge;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growing buffer of event-stream bytes, and the only place that knows how a field is written
 * (WHATWG HTML §9.2.5). Lines end with LF alone, because some clients fail on CR; {@code data:} is
 * always followed by a space, because a payload may begin with one.
 *
 * <p>Threading: one thread at a time.
 */
public final class FrameEncoder {
  private static final byte[] ID = {'i', 'd', ':', ' '};
  private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't', ':', ' '};
  private static final byte[] DATA = {'d', 'a', 't', 'a', ':', ' '};
  private static final byte[] RETRY = {'r', 'e', 't', 'r', 'y', ':', ' '};

  private byte[] buffer;
  private int length;
  private int limit = Pump.RUN_BYTES; // of a run
  private boolean full; // something was refused for want of room

  /**
   * An empty buffer.
   *
   * @param capacity bytes that fit before it grows
   */
  public FrameEncoder(int capacity) {
    buffer = new byte[capacity];
  }

  /**
   * Encodes an event that a log will number, so without its own id.
   *
   * @param event what to encode
   * @param typeIfNone the name for an event that has none, for example its channel's; null for none
   * @return the frame
   */
  public static Frame frame(SseEvent event, @Nullable String typeIfNone) {
    String type = event.type() != null ? event.type() : typeIfNone;
    var encoder = new FrameEncoder(event.data().length() + 64);
    if (event.comment() != null) {
      encoder.comment(event.comment());
    }
    if (event.retry() != null) {
      encoder.retry(event.retry().toMillis());
    }
    encoder.event(type, event.data());
    return new Frame(type, Arrays.copyOf(encoder.buffer, encoder.length));
  }

  /**
   * Adds the line {@code id: <epoch>-<offset>}, the text of that {@link Cursor}.
   *
   * @param epoch of a {@link Cursor}, which has checked it
   * @param offset not negative
   * @return this
   */
  public FrameEncoder id(String epoch, long offset) {
    put(ID);
    ascii(epoch);
    put('-');
    digits(offset);
    put('\n');
    return this;
  }

  /**
   * Adds an {@code id:} line with an id of the application's own.
   *
   * @param id one line
   * @return this
   */
  public FrameEncoder id(String id) {
    put(ID);
    line(id);
    return this;
  }

  /**
   * Adds a {@code retry:} line.
   *
   * @param millis not negative
   * @return this
   */
  public FrameEncoder retry(long millis) {
    put(RETRY);
    digits(millis);
    put('\n');
    return this;
  }

  /**
   * Adds a comment line.
   *
   * @param text one line, may be empty
   * @return this
   */
  public FrameEncoder comment(String text) {
    put(':');
    if (!text.isEmpty()) {
      put(' ');
    }
    line(text);
    return this;
  }

  /**
   * Adds the {@code event:} line if there is a name, the {@code data:} lines and the blank line
   * that dispatches the event. Each CR, LF or CRLF of the data ends a line; an empty text is one
   * empty line; an unpaired surrogate becomes U+FFFD.
   *
   * @param type one line, or null for none
   * @param data any text
   * @return this
   */
  public FrameEncoder event(@Nullable String type, String data) {
    if (type != null) {
      put(EVENT);
      line(type);
    }
    put(DATA);
    int end = data.length();
    for (int i = 0; i < end; i++) {
      char c = data.charAt(i);
      if (c == '\n' || c == '\r') {
        if (c == '\r' && i + 1 < end && data.charAt(i + 1) == '\n') {
          i++;
        }
        put('\n');
        put(DATA);
      } else if (c < 0x80) {
        put(c);
      } else {
        i = utf8(data, i);
      }
    }
    put('\n');
    put('\n');
    return this;
  }

  /**
   * Adds a whole event with its own id, comment and reconnection time, as a direct stream sends it.
   *
   * @param event what to add
   * @return this
   */
  public FrameEncoder event(SseEvent event) {
    if (event.comment() != null) {
      comment(event.comment());
    }
    if (event.retry() != null) {
      retry(event.retry().toMillis());
    }
    if (event.id() != null) {
      id(event.id());
    }
    return event(event.type(), event.data());
  }

  /**
   * Adds a frame, behind its {@code id:} line where it has one.
   *
   * @param frame what to add
   * @return this
   */
  public FrameEncoder frame(Frame frame) {
    reserve(frame.length());
    frame.copyTo(buffer, length);
    length += frame.length();
    return this;
  }

  /**
   * Whether more bytes still belong into the run that is being read. A run that holds nothing takes
   * anything; for the others, no means that the run is full.
   *
   * @param more how many bytes
   * @return false if the reading of a {@link FrameSource} stops here and goes on with the next run
   */
  public boolean hasRoomFor(int more) {
    if (length > 0 && length + more > limit) {
      full = true;
    }
    return !full;
  }

  /**
   * Whether the run that is being read has come to its end, though there may be more to read.
   *
   * @return true if something had no room, or the run is as long as it may be
   */
  public boolean isFull() {
    return full || length >= limit;
  }

  /**
   * How many bytes it holds.
   *
   * @return from 0
   */
  public int length() {
    return length;
  }

  /**
   * The bytes added so far.
   *
   * @return a copy
   */
  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, length);
  }

  /** The buffer itself, valid up to {@link #length}, until the next call that adds. */
  byte[] array() {
    return buffer;
  }

  /** Begins a run of at most so many bytes, but for a single frame that is larger. */
  void beginRun(int maxBytes) {
    length = 0;
    full = false;
    limit = maxBytes;
  }

  private void line(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r' || c == 0) {
        throw new IllegalArgumentException(
            "a field of one line must not contain CR, LF or NUL (found U+%04X at %d)"
                .formatted((int) c, i));
      } else if (c < 0x80) {
        put(c);
      } else {
        i = utf8(text, i);
      }
    }
    put('\n');
  }

  /**
   * Adds the code point at {@code i}, which is not ASCII, and returns the index of its last char.
   */
  private int utf8(String text, int i) {
    char c = text.charAt(i);
    reserve(4);
    if (c < 0x800) {
      buffer[length++] = (byte) (0xC0 | (c >> 6));
      buffer[length++] = (byte) (0x80 | (c & 0x3F));
      return i;
    }
    if (Character.isHighSurrogate(c)
        && i + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(i + 1))) {
      int point = Character.toCodePoint(c, text.charAt(i + 1));
      buffer[length++] = (byte) (0xF0 | (point >> 18));
      buffer[length++] = (byte) (0x80 | ((point >> 12) & 0x3F));
      buffer[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
      buffer[length++] = (byte) (0x80 | (point & 0x3F));
      return i + 1;
    }
    int point = Character.isSurrogate(c) ? 0xFFFD : c;
    buffer[length++] = (byte) (0xE0 | (point >> 12));
    buffer[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
    buffer[length++] = (byte) (0x80 | (point & 0x3F));
    return i;
  }

  private void ascii(String text) {
    int size = text.length();
    reserve(size);
    for (int i = 0; i < size; i++) {
      buffer[length + i] = (byte) text.charAt(i);
    }
    length += size;
  }

  private void digits(long number) {
    int size = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      size++;
    }
    reserve(size);
    long rest = number;
    for (int at = length + size - 1; at >= length; at--) {
      buffer[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += size;
  }

  private void put(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
  }

  private void put(char ascii) {
    if (length == buffer.length) {
      reserve(1);
    }
    buffer[length++] = (byte) ascii;
  }

  private void reserve(int more) {
    if (buffer.length - length < more) {
      // Overflow of int is out of reach: events are bounded far below 2 GiB before they get here.
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
    }
  }
}
