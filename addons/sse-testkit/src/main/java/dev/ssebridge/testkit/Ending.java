package dev.ssebridge.testkit;

/** How the body of a response ended. */
public enum Ending {
  /** It has not, as far as was read. */
  OPEN,
  /** As HTTP says: the last chunk, or all bytes of the announced length. */
  COMPLETE,
  /** The server closed the connection in order but before the body was complete. */
  CUT,
  /** The connection was reset. */
  RESET
}
