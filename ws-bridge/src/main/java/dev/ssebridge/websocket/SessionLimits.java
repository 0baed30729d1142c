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
 */
public record SessionLimits(int all, int perEndpoint, int perPrincipal, int perAddress) {
  /** The defaults named above. */
  public static final SessionLimits DEFAULTS = new SessionLimits(50_000, 50_000, 1_000, 50_000);

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
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
