package dev.ssebridge.websocket;

import jakarta.websocket.RemoteEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What both remotes of a session share. */
abstract class SessionRemote implements RemoteEndpoint {
  private static final int MAX_CONTROL_BYTES = 125; // RFC 6455 §5.5

  final Outbound out;
  final TextParts textParts = new TextParts();
  final BinaryParts binaryParts = new BinaryParts();
  private final AtomicBoolean batching = new AtomicBoolean();

  SessionRemote(Outbound out) {
    this.out = out;
  }

  /** Remembered only: the pump writes whatever there is with one flush, batching or not. */
  @Override
  public void setBatchingAllowed(boolean allowed) {
    batching.set(allowed);
  }

  @Override
  public boolean getBatchingAllowed() {
    return batching.get();
  }

  @Override
  public void flushBatch() {}

  @Override
  public void sendPing(ByteBuffer applicationData) throws IOException {
    out.sendControl(true, requireControl(applicationData));
  }

  @Override
  public void sendPong(ByteBuffer applicationData) throws IOException {
    out.sendControl(false, requireControl(applicationData));
  }

  static <T> T requireMessage(@Nullable T message) {
    if (message == null) {
      throw new IllegalArgumentException("the message must not be null");
    }
    return message;
  }

  private static ByteBuffer requireControl(@Nullable ByteBuffer data) {
    ByteBuffer given = data == null ? ByteBuffer.allocate(0) : data;
    if (given.remaining() > MAX_CONTROL_BYTES) {
      throw new IllegalArgumentException(
          "a ping or pong carries at most 125 bytes: " + given.remaining());
    }
    return given;
  }

  /**
   * Joins the parts of a text before it is encoded, since a part may end within a surrogate pair.
   * One event carries the whole: a stream has no way to say that more follows.
   */
  static final class TextParts {
    private @Nullable StringBuilder parts; // guarded by this; no I/O under it

    synchronized @Nullable String add(String part, boolean last) {
      if (parts == null && last) {
        return part;
      }
      if (parts == null) {
        parts = new StringBuilder();
      }
      parts.append(part);
      if (!last) {
        return null;
      }
      String whole = parts.toString();
      parts = null;
      return whole;
    }
  }

  /** The same for binary messages. */
  static final class BinaryParts {
    private @Nullable ByteArrayOutputStream parts; // guarded by this; no I/O under it

    synchronized @Nullable ByteBuffer add(ByteBuffer part, boolean last) {
      if (parts == null && last) {
        return part;
      }
      if (parts == null) {
        parts = new ByteArrayOutputStream();
      }
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      parts.writeBytes(bytes);
      if (!last) {
        return null;
      }
      ByteBuffer whole = ByteBuffer.wrap(parts.toByteArray());
      parts = null;
      return whole;
    }
  }
}
