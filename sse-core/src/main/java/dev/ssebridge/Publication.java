package dev.ssebridge;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way into a log.
 *
 * @param channel where it goes
 * @param event what goes there; without an id of its own, since the log gives it one
 * @param conflationKey if not null, this event takes the place of the channel's last one with the
 *     same key: a client that was away gets the newest only, which is not a gap
 * @param idempotencyKey if not null, publishing to the same channel again with the same key adds
 *     nothing and answers the first cursor, for as long as the log remembers the key
 */
public record Publication(
    String channel,
    SseEvent event,
    @Nullable String conflationKey,
    @Nullable String idempotencyKey) {
  /** The longest key, in characters: a log keeps keys as well as events. */
  public static final int MAX_KEY_LENGTH = 200;

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException if the channel's name is not valid, the event has an id or a
   *     type that an {@code EventSource} or this library uses for its own, or a key is too long
   */
  public Publication {
    ChannelSet.requireName(channel);
    if (event.id() != null) {
      throw new IllegalArgumentException("an event in a channel gets its id from the log");
    }
    requireFreeType(event.type());
    requireKey("conflation", conflationKey);
    requireKey("idempotency", idempotencyKey);
  }

  /** Refuses the types whose events a client would take for the library's or its own. */
  static void requireFreeType(@Nullable String type) {
    if (type != null
        && (type.equals("open")
            || type.equals("error")
            || type.startsWith("sse.")
            || type.startsWith("ws."))) {
      throw new IllegalArgumentException("event type is reserved: " + type);
    }
  }

  private static void requireKey(String what, @Nullable String key) {
    if (key != null && key.length() > MAX_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "%s key must have at most %d characters: %d"
              .formatted(what, MAX_KEY_LENGTH, key.length()));
    }
  }

  /**
   * An event without keys.
   *
   * @param channel where it goes
   * @param event what goes there
   * @return the publication
   */
  public static Publication of(String channel, SseEvent event) {
    return new Publication(channel, event, null, null);
  }

  /**
   * The same, but only the newest of its key is kept.
   *
   * @param key which state this is the newest value of
   * @return a copy
   */
  public Publication latestOf(String key) {
    return new Publication(channel, event, key, idempotencyKey);
  }

  /**
   * The same, but published once however often it is tried.
   *
   * @param key identifies the attempt's intent
   * @return a copy
   */
  public Publication once(String key) {
    return new Publication(channel, event, conflationKey, key);
  }
}
