package dev.ssebridge.testkit;

/** One of the two ways through a connection. */
public enum Direction {
  /** From the server: the response, with the stream. */
  TO_CLIENT,
  /** From the client: the request. */
  TO_SERVER
}
