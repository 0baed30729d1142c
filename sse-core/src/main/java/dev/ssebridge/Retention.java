package dev.ssebridge;

import java.time.Duration;

/**
 * What a log keeps for clients that come back. Whatever exceeds a bound leaves the log, oldest
 * first; a client that had not seen it is told of a gap.
 *
 * @param maxEvents events of each channel. Default 10,000
 * @param maxBytes encoded bytes of each channel. Default 4 MiB
 * @param maxAge age of an event. Default 5 min
 * @param maxTotalBytes encoded bytes of all channels together. Default 64 MiB
 * @param channelIdle a channel without events for this long, and for {@code maxAge}, is forgotten.
 *     Default 1 h
 * @param maxIdempotencyKeys how many keys are remembered, newest first. Default 10,000
 */
public record Retention(
    int maxEvents,
    long maxBytes,
    Duration maxAge,
    long maxTotalBytes,
    Duration channelIdle,
    int maxIdempotencyKeys) {
  /** The defaults named above. */
  public static final Retention DEFAULTS =
      new Retention(
          10_000, 4L << 20, Duration.ofMinutes(5), 64L << 20, Duration.ofHours(1), 10_000);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if one is not positive, or a time is below 1 ms or above 292
   *     years
   */
  public Retention {
    if (maxEvents < 1 || maxBytes < 1 || maxTotalBytes < 1 || maxIdempotencyKeys < 1) {
      throw new IllegalArgumentException(
          "every bound must be positive: %d events, %d of %d bytes, %d idempotency keys"
              .formatted(maxEvents, maxBytes, maxTotalBytes, maxIdempotencyKeys));
    }
    requireInRange("maxAge", maxAge);
    requireInRange("channelIdle", channelIdle);
  }

  private static void requireInRange(String name, Duration time) {
    if (time.compareTo(Duration.ofMillis(1)) < 0
        || time.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException(name + " must be 1 ms to 292 years: " + time);
    }
  }

  /**
   * A copy with another number of events for each channel.
   *
   * @param events at least 1
   * @return the copy
   */
  public Retention withMaxEvents(int events) {
    return new Retention(events, maxBytes, maxAge, maxTotalBytes, channelIdle, maxIdempotencyKeys);
  }

  /**
   * A copy with other bounds in bytes.
   *
   * @param channelBytes of each channel
   * @param totalBytes of all together
   * @return the copy
   */
  public Retention withMaxBytes(long channelBytes, long totalBytes) {
    return new Retention(
        maxEvents, channelBytes, maxAge, totalBytes, channelIdle, maxIdempotencyKeys);
  }

  /**
   * A copy with another age.
   *
   * @param age at least 1 ms
   * @return the copy
   */
  public Retention withMaxAge(Duration age) {
    return new Retention(maxEvents, maxBytes, age, maxTotalBytes, channelIdle, maxIdempotencyKeys);
  }

  /**
   * A copy with another time after which an empty channel is forgotten.
   *
   * @param idle at least 1 ms
   * @return the copy
   */
  public Retention withChannelIdle(Duration idle) {
    return new Retention(maxEvents, maxBytes, maxAge, maxTotalBytes, idle, maxIdempotencyKeys);
  }

  /**
   * A copy that remembers another number of idempotency keys.
   *
   * @param keys at least 1
   * @return the copy
   */
  public Retention withMaxIdempotencyKeys(int keys) {
    return new Retention(maxEvents, maxBytes, maxAge, maxTotalBytes, channelIdle, keys);
  }
}
