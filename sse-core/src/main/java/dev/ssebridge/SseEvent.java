package dev.ssebridge;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an application publishes: one event of an event stream (WHATWG HTML §9.2.6), checked when it
 * is made, so that nothing that could forge a field of the stream gets past this constructor.
 *
 * <p>The data may hold anything: its line ends (CR, LF, CRLF) each end a {@code data:} line, so the
 * receiver sees them as LF, and an unpaired surrogate arrives as U+FFFD. The other parts are one
 * line each.
 *
 * @param type the event's own name; null leaves it to the channel's name, or to none
 * @param data the text, possibly empty
 * @param id an id of the application's own; only for direct streams, since a log gives its own ids
 * @param comment one line that clients ignore
 * @param retry how long a client waits before it reconnects, 1 ms to {@link Integer#MAX_VALUE} ms
 */
public record SseEvent(
    @Nullable String type,
    String data,
    @Nullable String id,
    @Nullable String comment,
    @Nullable Duration retry) {
  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException if type, id or comment holds CR, LF or NUL, the type is empty,
   *     or retry leaves its range
   */
  public SseEvent {
    Objects.requireNonNull(data, "data");
    requireOneLine("type", type);
    requireOneLine("id", id);
    requireOneLine("comment", comment);
    if (type != null && type.isEmpty()) {
      throw new IllegalArgumentException("event type must not be empty; null means none");
    }
    if (retry != null
        && (retry.compareTo(Duration.ofMillis(1)) < 0
            || retry.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0)) {
      throw new IllegalArgumentException("retry must be 1 to 2147483647 ms: " + retry);
    }
  }

  /**
   * An event without a name of its own.
   *
   * @param data the text
   * @return the event
   */
  public static SseEvent of(String data) {
    return new SseEvent(null, data, null, null, null);
  }

  /**
   * A named event.
   *
   * @param type the name, which {@code addEventListener} takes
   * @param data the text
   * @return the event
   */
  public static SseEvent of(String type, String data) {
    return new SseEvent(type, data, null, null, null);
  }

  /**
   * The same event with an id, which the client sends back as {@code Last-Event-ID}.
   *
   * @param newId one line; the empty id makes the client forget the last one
   * @return a copy
   */
  public SseEvent withId(String newId) {
    return new SseEvent(type, data, newId, comment, retry);
  }

  /**
   * The same event with a comment before it.
   *
   * @param newComment one line
   * @return a copy
   */
  public SseEvent withComment(String newComment) {
    return new SseEvent(type, data, id, newComment, retry);
  }

  /**
   * The same event with a reconnection time.
   *
   * @param newRetry 1 ms to {@link Integer#MAX_VALUE} ms
   * @return a copy
   */
  public SseEvent withRetry(Duration newRetry) {
    return new SseEvent(type, data, id, comment, newRetry);
  }

  private static void requireOneLine(String part, @Nullable String text) {
    if (text == null) {
      return;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r' || c == 0) {
        throw new IllegalArgumentException(
            "event %s must not contain CR, LF or NUL (found U+%04X at %d)"
                .formatted(part, (int) c, i));
      }
    }
  }
}
