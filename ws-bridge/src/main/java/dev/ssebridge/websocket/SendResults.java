package dev.ssebridge.websocket;

import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/** The results of asynchronous sends, which know their session since version 2.2 of the API. */
final class SendResults {
  private static final @Nullable Constructor<SendResult> SUCCESS = constructor(Session.class);
  private static final @Nullable Constructor<SendResult> FAILURE =
      constructor(Session.class, Throwable.class);

  private SendResults() {}

  private static @Nullable Constructor<SendResult> constructor(Class<?>... parameters) {
    try {
      return SendResult.class.getConstructor(parameters);
    } catch (NoSuchMethodException version21) {
      return null;
    }
  }

  /**
   * The result of a send.
   *
   * @param sender the session, or what else has sent
   * @param failure null if there was none
   */
  @SuppressWarnings("deprecation") // of the constructors without a session, in 2.2
  static SendResult of(Outbound sender, @Nullable Throwable failure) {
    if (SUCCESS == null || FAILURE == null || !(sender instanceof Session)) {
      return failure == null ? new SendResult() : new SendResult(failure);
    }
    try {
      return failure == null ? SUCCESS.newInstance(sender) : FAILURE.newInstance(sender, failure);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("SendResult has no usable constructor", e);
    }
  }
}
