package dev.ssebridge.testkit;

/**
 * One connection through a {@link ChaosProxy}.
 *
 * <p><b>Threading:</b> safe for concurrent use; {@link #apply} and {@link #resume} have happened
 * when they return.
 */
public interface ProxiedConnection {
  /** The number of the connection, from 1 in the order in which the proxy accepted them. */
  long number();

  /**
   * The head of the latest request: request line and header lines. Empty until one has arrived, and
   * for good where the connection does not speak HTTP/1, as with TLS.
   *
   * <p>A request is noticed where a read from the client begins with a request line, so of requests
   * sent without waiting for the answers only the first may be seen.
   */
  String head();

  /** How many bytes were forwarded in a direction so far. */
  long bytes(Direction direction);

  /** Whether neither end nor a fault has ended the connection as a whole. */
  boolean isOpen();

  /** Does something to it; nothing if it has ended. */
  void apply(Fault fault);

  /** Takes back what stalls or delays it, and what was still to come after a number of bytes. */
  void resume();
}
