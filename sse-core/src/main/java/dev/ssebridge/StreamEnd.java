package dev.ssebridge;

/** Why a stream ended, and whether its client should come back. */
public enum StreamEnd {
  /** The application ended it. */
  COMPLETED(false),
  /** The client left, or the network between us broke; expected, not an error. */
  CLIENT_GONE(true),
  /** The client did not read for longer than the write deadline. */
  STALLED(true),
  /** The application sent more than the stream's buffer holds while the client was behind. */
  OVERFLOW(true),
  /** Another stream took this one's place: the newest stream of a session wins. */
  REPLACED(false),
  /** The stream reached its maximum lifetime; the client reconnects and goes on. */
  LIFETIME(true),
  /** The server or the application is stopping; the client reconnects elsewhere or later. */
  SHUTDOWN(true),
  /** What allowed the stream has expired, for example its token. */
  EXPIRED(true),
  /** Its source failed: a fault of ours or of the application's, which is in the log. */
  FAILED(true);

  private final boolean clientReturns;

  StreamEnd(boolean clientReturns) {
    this.clientReturns = clientReturns;
  }

  /**
   * Whether a client is expected to reconnect after this end.
   *
   * @return false if the end is final
   */
  public boolean clientReturns() {
    return clientReturns;
  }
}
