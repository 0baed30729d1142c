package dev.ssebridge;

import java.util.List;

/**
 * The state of a channel at one moment, for a subscriber that has nothing or has lost something.
 * What the channel carries after the moment follows it, so the two must fit: publish a change and
 * take a snapshot under one lock of the application's, and no event is lost or repeated between
 * them.
 *
 * @param events the state, sent in this order; without ids of their own
 * @param asOf the log's {@linkplain SseHub#cursor() cursor} at that moment. It may lie some time
 *     back, as when snapshots are kept for a while; but the log must still have what the channel
 *     carried since
 */
public record Snapshot(List<SseEvent> events, Cursor asOf) {
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if an event has an id, or a type that is reserved
   */
  public Snapshot {
    events = List.copyOf(events);
    if (events.stream().anyMatch(event -> event.id() != null)) {
      throw new IllegalArgumentException("an event of a snapshot has no id of its own");
    }
    events.forEach(event -> Publication.requireFreeType(event.type()));
  }

  /** Takes snapshots. Called on a callback thread, never under a lock of the library's. */
  @FunctionalInterface
  public interface Taker {
    /**
     * The state of a channel now.
     *
     * @param channel its name
     * @return the snapshot
     */
    Snapshot take(String channel);
  }
}
