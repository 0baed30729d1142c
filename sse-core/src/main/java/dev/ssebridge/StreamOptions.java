package dev.ssebridge;

import java.time.Duration;

/**
 * How long one stream waits for what. Immutable; start from {@link #DEFAULTS} and change with the
 * {@code with} methods.
 *
 * @param heartbeat a stream idle for this long is sent a heartbeat, which is also how a vanished
 *     client is found. Default 15 s; keep it below the shortest idle timeout of any proxy between
 * @param heartbeatEvent false (default) writes heartbeats as comments, which scripts cannot see;
 *     true as events {@code sse.hb} without an id, for clients that watch over their stream
 * @param writeDeadline a client that takes no byte for this long loses the stream, not its place:
 *     it reconnects and replays. Default 30 s
 * @param maxLifetime a stream is ended in good order after this long, shortened by up to 20 % at
 *     random so that streams opened together do not end together. Default 1 h
 * @param retry the reconnection time told to the client, varied by 20 % either way at random.
 *     Default 5 s
 */
public record StreamOptions(
    Duration heartbeat,
    boolean heartbeatEvent,
    Duration writeDeadline,
    Duration maxLifetime,
    Duration retry) {
  /** The defaults named above. */
  public static final StreamOptions DEFAULTS =
      new StreamOptions(
          Duration.ofSeconds(15),
          false,
          Duration.ofSeconds(30),
          Duration.ofHours(1),
          Duration.ofSeconds(5));

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException if a duration is below 1 ms or above 24 days
   */
  public StreamOptions {
    requireInRange("heartbeat", heartbeat);
    requireInRange("writeDeadline", writeDeadline);
    requireInRange("maxLifetime", maxLifetime);
    requireInRange("retry", retry);
  }

  /**
   * A copy with another heartbeat interval.
   *
   * @param interval 1 ms to 24 days
   * @return the copy
   */
  public StreamOptions withHeartbeat(Duration interval) {
    return new StreamOptions(interval, heartbeatEvent, writeDeadline, maxLifetime, retry);
  }

  /**
   * A copy with heartbeats as events or as comments.
   *
   * @param asEvent true for events {@code sse.hb}
   * @return the copy
   */
  public StreamOptions withHeartbeatEvent(boolean asEvent) {
    return new StreamOptions(heartbeat, asEvent, writeDeadline, maxLifetime, retry);
  }

  /**
   * A copy with another write deadline.
   *
   * @param deadline 1 ms to 24 days
   * @return the copy
   */
  public StreamOptions withWriteDeadline(Duration deadline) {
    return new StreamOptions(heartbeat, heartbeatEvent, deadline, maxLifetime, retry);
  }

  /**
   * A copy with another maximum lifetime.
   *
   * @param lifetime 1 ms to 24 days
   * @return the copy
   */
  public StreamOptions withMaxLifetime(Duration lifetime) {
    return new StreamOptions(heartbeat, heartbeatEvent, writeDeadline, lifetime, retry);
  }

  /**
   * A copy with another reconnection time.
   *
   * @param time 1 ms to 24 days
   * @return the copy
   */
  public StreamOptions withRetry(Duration time) {
    return new StreamOptions(heartbeat, heartbeatEvent, writeDeadline, maxLifetime, time);
  }

  private static void requireInRange(String name, Duration duration) {
    if (duration.compareTo(Duration.ofMillis(1)) < 0
        || duration.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException(name + " must be 1 ms to 24 days: " + duration);
    }
  }
}
