package dev.ssebridge.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The message handlers of a session (Jakarta WebSocket 2.1 §2.1.3): at most one for each kind of
 * message, added and removed at any time, and the delivery of messages to them.
 *
 * <p>Threading: handlers may be added and removed from any thread, also while a message is
 * delivered. Messages are delivered by one thread at a time, on which the handler is called; no
 * lock is held.
 */
final class MessageHandlers {
  private final Session session;
  private final SessionCodecs codecs;
  private final Consumer<Throwable> failure;

  private final ReentrantLock lock = new ReentrantLock(); // held to replace the map

  @GuardedBy("lock")
  private volatile Map<MessageKind, Registration> handlers = Map.of(); // never changed in place

  private @Nullable Parts parts; // the message under way; the delivering thread's own

  /** A handler and how it takes a message. */
  private record Registration(
      MessageHandler handler, MessageKind kind, boolean partial, Receiver receiver) {}

  /** A handler's way of taking a {@code String}, {@code ByteBuffer} or {@code PongMessage}. */
  private interface Receiver {
    void receive(Object message, boolean last) throws Throwable;
  }

  /** What became of a message. */
  enum Delivery {
    /** A handler has been called, or takes it later: if it failed, that has been reported. */
    DELIVERED,
    /** There is no handler for this kind of message: dropped, as containers do. */
    UNHANDLED,
    /** Larger than the session allows for a whole message: dropped; close with 1009. */
    TOO_BIG
  }

  /**
   * Makes the empty registry of a session.
   *
   * @param session asked for the limits of whole messages, in bytes; 0 or less is no limit
   * @param codecs the session's own
   * @param failure told what a handler threw and what could not be decoded, on the delivering
   *     thread
   */
  MessageHandlers(Session session, SessionCodecs codecs, Consumer<Throwable> failure) {
    this.session = session;
    this.codecs = codecs;
    this.failure = failure;
  }

  /**
   * Adds a handler whose class tells what it takes.
   *
   * @throws IllegalStateException if the class does not tell (a lambda, a raw type), or there is a
   *     handler for this kind of message already
   * @throws IllegalArgumentException if messages cannot be made what it takes
   */
  void add(MessageHandler handler) {
    TypeArguments arguments = TypeArguments.of(handler.getClass());
    Map<MessageKind, Registration> added = new EnumMap<>(MessageKind.class);
    if (handler instanceof MessageHandler.Whole<?> whole) {
      added.putAll(whole(told(arguments, MessageHandler.Whole.class, handler), whole));
    }
    if (handler instanceof MessageHandler.Partial<?> partial) {
      for (Registration each :
          partial(told(arguments, MessageHandler.Partial.class, handler), partial).values()) {
        if (added.putIfAbsent(each.kind(), each) != null) {
          throw taken(each.kind());
        }
      }
    }
    if (added.isEmpty()) {
      throw new IllegalStateException(
          "The handler is neither Whole nor Partial: " + handler.getClass().getName());
    }
    register(added);
  }

  private static Class<?> told(TypeArguments arguments, Class<?> role, MessageHandler handler) {
    Class<?> type = arguments.argumentOf(role);
    if (type == null) {
      throw new IllegalStateException(
          handler.getClass().getName()
              + " does not say which messages it takes; use addMessageHandler(Class, handler)");
    }
    return type;
  }

  /** Adds a handler of whole messages; the exceptions are those of the method without a type. */
  <T> void add(Class<T> type, MessageHandler.Whole<T> handler) {
    register(whole(type, handler));
  }

  /** Adds a handler of parts; the exceptions are those of the method without a type. */
  <T> void add(Class<T> type, MessageHandler.Partial<T> handler) {
    register(partial(type, handler));
  }

  private void register(Map<MessageKind, Registration> added) {
    lock.lock();
    try {
      Map<MessageKind, Registration> all = new EnumMap<>(MessageKind.class);
      all.putAll(handlers);
      for (Registration each : added.values()) {
        if (all.putIfAbsent(each.kind(), each) != null) {
          throw taken(each.kind());
        }
      }
      handlers = all;
    } finally {
      lock.unlock();
    }
  }

  private static IllegalStateException taken(MessageKind kind) {
    return new IllegalStateException("There is a handler for " + kind + " messages already");
  }

  /** Removes a handler, from every kind of message it takes; an unknown one is ignored. */
  void remove(@Nullable MessageHandler handler) {
    lock.lock();
    try {
      Map<MessageKind, Registration> rest = new EnumMap<>(MessageKind.class);
      rest.putAll(handlers);
      rest.values().removeIf(each -> each.handler() == handler);
      handlers = rest;
    } finally {
      lock.unlock();
    }
  }

  /** The handlers at this moment; cannot be changed. */
  Set<MessageHandler> all() {
    Set<MessageHandler> all = new LinkedHashSet<>();
    for (Registration each : current().values()) {
      all.add(each.handler());
    }
    return Collections.unmodifiableSet(all);
  }

  @SuppressWarnings("GuardedBy") // a read needs no lock: the map is replaced, never changed
  private Map<MessageKind, Registration> current() {
    return handlers;
  }

  @SuppressWarnings("unchecked") // the handler's own type argument
  private Map<MessageKind, Registration> whole(Class<?> type, MessageHandler.Whole<?> handler) {
    MessageHandler.Whole<Object> target =
        (MessageHandler.Whole<Object>) Objects.requireNonNull(handler, "handler");
    if (type == String.class || type == ByteBuffer.class || type == PongMessage.class) {
      MessageKind kind =
          type == String.class
              ? MessageKind.TEXT
              : type == ByteBuffer.class ? MessageKind.BINARY : MessageKind.PONG;
      return whole(kind, handler, (message, last) -> target.onMessage(message));
    }
    if (type == byte[].class) {
      return whole(
          MessageKind.BINARY,
          handler,
          (message, last) -> target.onMessage(copy((ByteBuffer) message)));
    }
    if (type == Reader.class || type == StringReader.class) {
      return whole(
          MessageKind.TEXT,
          handler,
          (message, last) -> target.onMessage(new StringReader((String) message)));
    }
    if (type == InputStream.class || type == ByteArrayInputStream.class) {
      return whole(
          MessageKind.BINARY,
          handler,
          (message, last) ->
              target.onMessage(new ByteArrayInputStream(copy((ByteBuffer) message))));
    }
    return converted(type, target);
  }

  /** A handler of what decoders make, or of a scalar. */
  private Map<MessageKind, Registration> converted(
      Class<?> type, MessageHandler.Whole<Object> target) {
    Scalar scalar = Scalar.of(type);
    Class<?> boxed = scalar == null ? type : scalar.boxed();
    Set<MessageKind> kinds =
        scalar == null ? codecs.codecs().decodable(boxed) : codecs.codecs().exactlyDecodable(boxed);
    Map<MessageKind, Registration> all = new EnumMap<>(MessageKind.class);
    if (kinds.contains(MessageKind.TEXT)) {
      all.putAll(
          whole(
              MessageKind.TEXT,
              target,
              (message, last) -> onDecoded(target, codecs.decode(boxed, (String) message))));
    } else if (scalar != null) {
      all.putAll(
          whole(
              MessageKind.TEXT,
              target,
              (message, last) -> target.onMessage(scalar.parse((String) message))));
    }
    if (kinds.contains(MessageKind.BINARY)) {
      all.putAll(
          whole(
              MessageKind.BINARY,
              target,
              (message, last) -> onDecoded(target, codecs.decode(boxed, (ByteBuffer) message))));
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException("There is no decoder for " + type.getName());
    }
    return all;
  }

  @SuppressWarnings("NullAway") // a decoder may return null: the handler gets what it returned
  private static void onDecoded(MessageHandler.Whole<Object> target, @Nullable Object decoded) {
    target.onMessage(decoded);
  }

  private static Map<MessageKind, Registration> whole(
      MessageKind kind, MessageHandler handler, Receiver receiver) {
    return Map.of(kind, new Registration(handler, kind, false, receiver));
  }

  @SuppressWarnings("unchecked") // the handler's own type argument
  private static Map<MessageKind, Registration> partial(
      Class<?> type, MessageHandler.Partial<?> handler) {
    MessageHandler.Partial<Object> target =
        (MessageHandler.Partial<Object>) Objects.requireNonNull(handler, "handler");
    MessageKind kind;
    Receiver receiver;
    if (type == String.class || type == ByteBuffer.class) {
      kind = type == String.class ? MessageKind.TEXT : MessageKind.BINARY;
      receiver = target::onMessage;
    } else if (type == byte[].class) {
      kind = MessageKind.BINARY;
      receiver = (part, last) -> target.onMessage(copy((ByteBuffer) part), last);
    } else {
      throw new IllegalArgumentException(
          "Parts of messages are String, ByteBuffer or byte[], not " + type.getName());
    }
    return Map.of(kind, new Registration(handler, kind, true, receiver));
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  /** Delivers a whole text message; a handler of parts gets it as one part, the last. */
  Delivery text(String message) {
    return whole(current().get(MessageKind.TEXT), message);
  }

  /** Delivers a whole binary message; the buffer becomes the handler's. */
  Delivery binary(ByteBuffer message) {
    return whole(current().get(MessageKind.BINARY), message);
  }

  /** Delivers a pong; the buffer becomes the handler's. */
  Delivery pong(ByteBuffer applicationData) {
    Registration handler = current().get(MessageKind.PONG);
    if (handler == null) {
      return Delivery.UNHANDLED;
    }
    PongMessage message = () -> applicationData;
    return deliver(handler, message, true);
  }

  private Delivery whole(@Nullable Registration handler, Object message) {
    if (handler == null) {
      return Delivery.UNHANDLED;
    }
    if (!handler.partial() && exceeds(message, limit(handler.kind()))) {
      return Delivery.TOO_BIG;
    }
    return deliver(handler, message, true);
  }

  private static boolean exceeds(Object message, long limit) {
    return message instanceof String text
        ? MessageSize.exceeds(text, limit)
        : ((ByteBuffer) message).remaining() > limit;
  }

  /**
   * Delivers a part of a text message. A handler of whole messages gets the message when its last
   * part is there, if it is not larger than the session allows by then. The handler at the first
   * part takes the whole message, whatever is added or removed meanwhile (Jakarta WebSocket 2.2
   * §2.1.3).
   */
  Delivery textPart(String part, boolean last) {
    return part(MessageKind.TEXT, part, last);
  }

  /** The same for a binary message; the buffer becomes the handler's. */
  Delivery binaryPart(ByteBuffer part, boolean last) {
    return part(MessageKind.BINARY, part, last);
  }

  private Delivery part(MessageKind kind, Object part, boolean last) {
    Parts message = parts;
    if (message == null || message.kind != kind) {
      message = new Parts(kind, current().get(kind));
    }
    parts = last ? null : message;
    Registration handler = message.handler;
    if (handler == null || message.tooBig) {
      return Delivery.UNHANDLED; // too big has been said once
    }
    if (handler.partial()) {
      return deliver(handler, part, last);
    }
    if (!message.join(part, limit(kind))) {
      return Delivery.TOO_BIG;
    }
    return last ? deliver(handler, message.joined(), true) : Delivery.DELIVERED;
  }

  /** The parts so far of a message that is not complete. */
  private static final class Parts {
    final MessageKind kind;
    final @Nullable Registration handler; // when the message began: it is the message's
    StringBuilder text = new StringBuilder(0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);
    long size;
    boolean tooBig;

    Parts(MessageKind kind, @Nullable Registration handler) {
      this.kind = kind;
      this.handler = handler;
    }

    /** Adds a part; false if the message is larger than the limit now: then it is let go. */
    boolean join(Object part, long limit) {
      size +=
          part instanceof String string ? MessageSize.of(string) : ((ByteBuffer) part).remaining();
      if (size > limit) {
        tooBig = true;
        text = new StringBuilder(0);
        bytes = new ByteArrayOutputStream(0);
        return false;
      }
      if (part instanceof String string) {
        text.append(string);
      } else {
        bytes.writeBytes(copy((ByteBuffer) part));
      }
      return true;
    }

    Object joined() {
      return kind == MessageKind.TEXT ? text.toString() : ByteBuffer.wrap(bytes.toByteArray());
    }
  }

  private long limit(MessageKind kind) {
    int limit =
        kind == MessageKind.TEXT
            ? session.getMaxTextMessageBufferSize()
            : session.getMaxBinaryMessageBufferSize();
    return limit <= 0 ? Long.MAX_VALUE : limit;
  }

  private Delivery deliver(Registration handler, Object message, boolean last) {
    try {
      handler.receiver().receive(message, last);
    } catch (Throwable e) {
      failure.accept(e);
    }
    return Delivery.DELIVERED;
  }
}
