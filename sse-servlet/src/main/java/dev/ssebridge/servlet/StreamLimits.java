package dev.ssebridge.servlet;

/**
 * How much one {@link EventStreamServlet} serves. Immutable; start from {@link #DEFAULTS} and
 * change with the {@code with} methods.
 *
 * @param streams open at once. Default 20,000; one more is refused softly: an empty stream that
 *     says when to come back
 * @param streamsPerOwner open at once on behalf of one owner, as the policy names it. Default 50;
 *     one more is refused softly
 * @param streamsPerAddress open at once from one remote address, which may be a proxy's. Default
 *     2,000; one more is refused softly
 * @param channels names and prefixes in one subscription. Default 100; more are refused with 400
 * @param subscriptions made by POST and kept at once. Default 10,000; one more is refused with 429
 *     and {@code Retry-After}. An owner and an address have at most as many of them as of streams;
 *     one more of an owner takes the place of its longest idle one
 * @param bodyBytes of a POST or PUT. Default 64 KiB; more are refused with 413
 */
public record StreamLimits(
    int streams,
    int streamsPerOwner,
    int streamsPerAddress,
    int channels,
    int subscriptions,
    int bodyBytes) {
  /** The defaults named above. */
  public static final StreamLimits DEFAULTS =
      new StreamLimits(20_000, 50, 2_000, 100, 10_000, 64 << 10);

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public StreamLimits {
    requirePositive("streams", streams);
    requirePositive("streamsPerOwner", streamsPerOwner);
    requirePositive("streamsPerAddress", streamsPerAddress);
    requirePositive("channels", channels);
    requirePositive("subscriptions", subscriptions);
    requirePositive("bodyBytes", bodyBytes);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1: " + value);
    }
  }

  /**
   * A copy with another number of streams in all.
   *
   * @param count at least 1
   * @return the copy
   */
  public StreamLimits withStreams(int count) {
    return new StreamLimits(
        count, streamsPerOwner, streamsPerAddress, channels, subscriptions, bodyBytes);
  }

  /**
   * A copy with another number of streams for each owner.
   *
   * @param count at least 1
   * @return the copy
   */
  public StreamLimits withStreamsPerOwner(int count) {
    return new StreamLimits(streams, count, streamsPerAddress, channels, subscriptions, bodyBytes);
  }

  /**
   * A copy with another number of streams for each remote address.
   *
   * @param count at least 1
   * @return the copy
   */
  public StreamLimits withStreamsPerAddress(int count) {
    return new StreamLimits(streams, streamsPerOwner, count, channels, subscriptions, bodyBytes);
  }

  /**
   * A copy with another number of channels for each stream.
   *
   * @param count at least 1
   * @return the copy
   */
  public StreamLimits withChannels(int count) {
    return new StreamLimits(
        streams, streamsPerOwner, streamsPerAddress, count, subscriptions, bodyBytes);
  }

  /**
   * A copy with another number of subscriptions.
   *
   * @param count at least 1
   * @return the copy
   */
  public StreamLimits withSubscriptions(int count) {
    return new StreamLimits(
        streams, streamsPerOwner, streamsPerAddress, channels, count, bodyBytes);
  }

  /**
   * A copy with another size of bodies.
   *
   * @param bytes at least 1
   * @return the copy
   */
  public StreamLimits withBodyBytes(int bytes) {
    return new StreamLimits(
        streams, streamsPerOwner, streamsPerAddress, channels, subscriptions, bytes);
  }
}
