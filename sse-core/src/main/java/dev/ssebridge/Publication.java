package dev.ssebridge;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way into a log.
 *
 * @param channel where it goes
 * @param event what goes there; without an id of its own, since the log gives it one
 * @param conflationKey if not null, this event takes the place of the channel's last one with the
 *     same key: a client that was away gets the newest only, which is not a gap
 * @param idempotencyKey if not null, publishing again with the same key adds nothing and answers
 *     the first cursor, for as long as the log remembers the key
 */
public record Publication(
    String channel,
    SseEvent event,
    @Nullable String conflationKey,
    @Nullable String idempotencyKey) {
  /**
   * Checks the channel's name and the event.
   *
   * @throws IllegalArgumentException if the name is not valid, or the event has an id
   */
  public Publication {
    ChannelSet.requireName(channel);
    if (event.id() != null) {
      throw new IllegalArgumentException("an event in a channel gets its id from the log");
    }
    String type = event.type();
    if (type != null && (type.startsWith("sse.") || type.startsWith("ws."))) {
      throw new IllegalArgumentException("event type is reserved: " + type);
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
