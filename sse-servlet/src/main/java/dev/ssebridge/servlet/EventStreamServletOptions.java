package dev.ssebridge.servlet;

import java.time.Duration;
import java.time.InstantSource;

/**
 * How an {@link EventStreamServlet} serves. Immutable; start from {@link #DEFAULTS} and change with
 * the {@code with} methods.
 *
 * @param stream times and bounds of each stream; default {@link EventStreamOptions#DEFAULTS}
 * @param limits how much is served; default {@link StreamLimits#DEFAULTS}
 * @param crossOrigin which other origins' pages may use the streams; default none
 * @param refusalRetry when a client that was refused softly comes back, varied by 20 % either way.
 *     Default 10 s
 * @param subscriptionIdle a subscription made by POST is forgotten when no stream has used it for
 *     this long; its client gets 404 and makes another. Default 10 min
 * @param clock what time it is, to compare with the expiry that a policy names; default the
 *     system's
 */
public record EventStreamServletOptions(
    EventStreamOptions stream,
    StreamLimits limits,
    CrossOrigin crossOrigin,
    Duration refusalRetry,
    Duration subscriptionIdle,
    InstantSource clock) {
  /** The defaults named above. */
  public static final EventStreamServletOptions DEFAULTS =
      new EventStreamServletOptions(
          EventStreamOptions.DEFAULTS,
          StreamLimits.DEFAULTS,
          CrossOrigin.NONE,
          Duration.ofSeconds(10),
          Duration.ofMinutes(10),
          InstantSource.system());

  /**
   * Checks the durations.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public EventStreamServletOptions {
    requirePositive("refusalRetry", refusalRetry);
    requirePositive("subscriptionIdle", subscriptionIdle);
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
  }

  /**
   * A copy with other streams.
   *
   * @param options times and bounds of each stream
   * @return the copy
   */
  public EventStreamServletOptions withStream(EventStreamOptions options) {
    return new EventStreamServletOptions(
        options, limits, crossOrigin, refusalRetry, subscriptionIdle, clock);
  }

  /**
   * A copy with other limits.
   *
   * @param newLimits how much is served
   * @return the copy
   */
  public EventStreamServletOptions withLimits(StreamLimits newLimits) {
    return new EventStreamServletOptions(
        stream, newLimits, crossOrigin, refusalRetry, subscriptionIdle, clock);
  }

  /**
   * A copy with other origins.
   *
   * @param origins whose pages may use the streams
   * @return the copy
   */
  public EventStreamServletOptions withCrossOrigin(CrossOrigin origins) {
    return new EventStreamServletOptions(
        stream, limits, origins, refusalRetry, subscriptionIdle, clock);
  }

  /**
   * A copy with another time to come back after a soft refusal.
   *
   * @param retry positive
   * @return the copy
   */
  public EventStreamServletOptions withRefusalRetry(Duration retry) {
    return new EventStreamServletOptions(
        stream, limits, crossOrigin, retry, subscriptionIdle, clock);
  }

  /**
   * A copy with another time that a subscription is kept without a stream.
   *
   * @param idle positive
   * @return the copy
   */
  public EventStreamServletOptions withSubscriptionIdle(Duration idle) {
    return new EventStreamServletOptions(stream, limits, crossOrigin, refusalRetry, idle, clock);
  }

  /**
   * A copy with another clock.
   *
   * @param newClock what time it is
   * @return the copy
   */
  public EventStreamServletOptions withClock(InstantSource newClock) {
    return new EventStreamServletOptions(
        stream, limits, crossOrigin, refusalRetry, subscriptionIdle, newClock);
  }
}
