package dev.ssebridge.servlet;

import dev.ssebridge.StreamOptions;

/**
 * How one stream behaves. Immutable; start from {@link #DEFAULTS} and change with the {@code with}
 * methods.
 *
 * @param times heartbeat, deadlines and the reconnection time; default {@link
 *     StreamOptions#DEFAULTS}
 * @param maxUnsentBytes how many bytes of events that were sent directly may wait for the client.
 *     One more ends the stream with {@link dev.ssebridge.StreamEnd#OVERFLOW}, so that a client that
 *     does not read costs no more than this. Default 256 KiB. Events of a hub's channels do not
 *     count: they wait in the log
 */
public record EventStreamOptions(StreamOptions times, int maxUnsentBytes) {
  /** The defaults named above. */
  public static final EventStreamOptions DEFAULTS =
      new EventStreamOptions(StreamOptions.DEFAULTS, 256 << 10);

  /**
   * Checks the bound.
   *
   * @throws IllegalArgumentException if it is below 1 KiB
   */
  public EventStreamOptions {
    if (maxUnsentBytes < 1 << 10) {
      throw new IllegalArgumentException("maxUnsentBytes must be at least 1024: " + maxUnsentBytes);
    }
  }

  /**
   * A copy with other times.
   *
   * @param newTimes heartbeat, deadlines and the reconnection time
   * @return the copy
   */
  public EventStreamOptions withTimes(StreamOptions newTimes) {
    return new EventStreamOptions(newTimes, maxUnsentBytes);
  }

  /**
   * A copy with another bound of what waits.
   *
   * @param bytes at least 1024
   * @return the copy
   */
  public EventStreamOptions withMaxUnsentBytes(int bytes) {
    return new EventStreamOptions(times, bytes);
  }
}
