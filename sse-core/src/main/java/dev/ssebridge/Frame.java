package dev.ssebridge;

import org.jspecify.annotations.Nullable;

/**
 * The encoded bytes of one event, from its first field to the blank line that dispatches it. Made
 * once by a {@link FrameEncoder} and shared by everything that sends it; the {@code id:} line is
 * not part of it when a log numbers the event, because the number depends on the log.
 *
 * <p>Threading: immutable.
 */
public final class Frame {
  private final @Nullable String type;
  private final byte[] bytes;

  Frame(@Nullable String type, byte[] bytes) {
    this.type = type;
    this.bytes = bytes;
  }

  /**
   * The event's name on the wire.
   *
   * @return the name, or null if the frame has no {@code event:} line
   */
  public @Nullable String type() {
    return type;
  }

  /**
   * How many bytes the frame takes on the wire.
   *
   * @return at least 1
   */
  public int length() {
    return bytes.length;
  }

  void copyTo(byte[] target, int at) {
    System.arraycopy(bytes, 0, target, at, bytes.length);
  }
}
