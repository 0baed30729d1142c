package dev.ssebridge.websocket;

/**
 * How many sessions there may be at once, closed ones included until they can no longer be read.
 * One more is refused softly: an empty stream that says when to come back. Immutable.
 *
 * @param all of the application; as many ended ones are remembered, so that their clients are told
 *     not to come back. Default 50,000
 * @param perEndpoint of one endpoint. Default 50,000
 * @param perPrincipal of one user, where the application authenticates. Default 1,000
 * @param perAddress of one remote address, which may be a proxy's and then everybody's. Default
 *     50,000
 * @param perStream that share one stream. One more is told so ({@code ws.apart}) and gets a stream
 *     of its own; 1 lets none share. Default 32
 */
public record SessionLimits(
    int all, int perEndpoint, int perPrincipal, int perAddress, int perStream) {
  /** The defaults named above. */
  public static final SessionLimits DEFAULTS = new SessionLimits(50_000, 50_000, 1_000, 50_000, 32);

  /**
   * Checks every limit.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public SessionLimits {
    requirePositive("maxSessions", all);
    requirePositive("maxSessionsPerEndpoint", perEndpoint);
    requirePositive("maxSessionsPerPrincipal", perPrincipal);
    requirePositive("maxSessionsPerAddress", perAddress);
    requirePositive("maxSessionsPerStream", perStream);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
