package dev.ssebridge.websocket;

import jakarta.websocket.MessageHandler;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The message handlers of a session (Jakarta WebSocket 2.1 §2.5): at most one for each kind of
 * message, added and removed at any time.
 *
 * <p>Threading: handlers may be added and removed from any thread; messages are delivered by one
 * thread at a time.
 */
@SuppressWarnings("DoNotCallSuggester")
final class MessageHandlers {
  private final ConcurrentMap<MessageKind, Registration> handlers = new ConcurrentHashMap<>();

  /** A handler and how it wants its messages. */
  private record Registration(Class<?> type, MessageHandler handler) {}

  /** What became of a message. */
  enum Delivery {
    /** A handler has been called; if it failed, the error has been reported. */
    DELIVERED,
    /** There is no handler for this kind of message: dropped, as containers do. */
    UNHANDLED,
    /** Larger than the session allows: not delivered; close with 1009. */
    TOO_BIG
  }

  void add(MessageHandler handler) {
    throw new UnsupportedOperationException("comes with the next commit");
  }

  <T> void add(Class<T> type, MessageHandler.Whole<T> handler) {
    if (type != String.class) {
      throw new UnsupportedOperationException("comes with the next commit");
    }
    if (handlers.putIfAbsent(MessageKind.TEXT, new Registration(type, handler)) != null) {
      throw new IllegalStateException("There is a handler for text messages already");
    }
  }

  <T> void add(Class<T> type, MessageHandler.Partial<T> handler) {
    throw new UnsupportedOperationException("comes with the next commit");
  }

  /** Removes a handler; unknown ones are ignored. */
  void remove(@Nullable MessageHandler handler) {
    handlers.values().removeIf(each -> each.handler() == handler);
  }

  /** A snapshot. */
  Set<MessageHandler> all() {
    return handlers.values().stream().map(Registration::handler).collect(Collectors.toSet());
  }

  /** Delivers a whole text message on this thread. */
  @SuppressWarnings("unchecked") // only handlers of String are registered
  Delivery text(String message) {
    Registration registration = handlers.get(MessageKind.TEXT);
    if (registration == null) {
      return Delivery.UNHANDLED;
    }
    ((MessageHandler.Whole<String>) registration.handler()).onMessage(message);
    return Delivery.DELIVERED;
  }
}
