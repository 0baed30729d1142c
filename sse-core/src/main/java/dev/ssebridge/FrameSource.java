package dev.ssebridge;

import org.jspecify.annotations.Nullable;

/**
 * What a stream sends: frames in order, each at a position. Reading never consumes, so a stream
 * that breaks is continued by another one from an older position.
 *
 * <p>Threading: called from the stream's pump thread alone, never under a lock; must not block.
 * When something new can be read, the source's owner calls {@link PumpStream#wake()}.
 */
public interface FrameSource {
  /**
   * Called once, before the first read. A failure ends the stream.
   *
   * @param stream the stream that will read; to be woken when there is more
   */
  default void attached(PumpStream stream) {}

  /**
   * Adds the whole frames that follow a position, one by one, until there are no more or the buffer
   * {@linkplain FrameEncoder#hasRoomFor has no room} for the next or {@linkplain
   * FrameEncoder#isFull is full}. A source that stops earlier is taken to have no more, and is not
   * read again before it wakes the stream.
   *
   * @param position where the stream stands
   * @param out takes the frames
   * @return where to read on; frames may have been left out, so it may move without a byte, and a
   *     source may go back
   */
  long read(long position, FrameEncoder out);

  /**
   * Called after the sink has taken everything up to a position. Taken is not received: the bytes
   * may still sit in a kernel.
   *
   * @param position the stream's new one
   */
  default void written(long position) {}

  /**
   * Called once, when the stream has ended, unless {@link #attached} has failed; nothing is called
   * after it.
   */
  default void ended() {}

  /**
   * Whether nothing will ever follow a position, so that the stream ends there.
   *
   * @param position where the stream stands, all of it written
   * @return true to end with {@link StreamEnd#COMPLETED}
   */
  default boolean isExhausted(long position) {
    return false;
  }

  /**
   * Names what this source reads, so that streams at the same position of the same thing share the
   * bytes of a read. Two sources with equal keys must yield the same bytes from the same position.
   * Asked before a read and after it; null afterwards keeps what was read from being shared.
   *
   * @return the key, or null if what it reads is this stream's alone
   */
  default @Nullable Object sharedKey() {
    return null;
  }
}
