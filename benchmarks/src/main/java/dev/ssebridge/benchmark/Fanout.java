package dev.ssebridge.benchmark;

import java.io.IOException;

/**
 * One way to send an event to every client that is connected to {@code /events}.
 *
 * <p>Threading: one thread publishes.
 */
interface Fanout {
  /** Sends an event to everybody. May block, as applications of its kind do. */
  void publish(String text) throws IOException;

  /**
   * Sends an event to every client of one group, of so many equal ones that follow each other.
   * Where all clients have the same stream, everybody gets it with the first group.
   */
  default void publish(String text, int group, int groups) throws IOException {
    if (group == 0) {
      publish(text);
    }
  }

  /** How many clients an event would be sent to now. */
  int clients();

  /** What a client that has seen everything brings when it comes back; empty if nothing. */
  default String cursor() {
    return "";
  }

  /** Called when no other event follows at once. */
  default void flush() throws IOException {}
}
