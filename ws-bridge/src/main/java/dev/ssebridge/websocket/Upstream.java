package dev.ssebridge.websocket;

import jakarta.websocket.CloseReason;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a client sends to a session, one numbered thing at a time. */
sealed interface Upstream {
  /** Whether a text or binary event is a message, or what part of one. */
  enum Part {
    WHOLE,
    /** A part that others follow. */
    MORE,
    /** The last part. */
    LAST
  }

  /** How much it counts against the bounds. */
  default int bytes() {
    return 0;
  }

  /** What part of a message it is; a control event is whole. */
  default Part part() {
    return Part.WHOLE;
  }

  /** The same event as the last part of a message. */
  default Upstream asLast() {
    return this;
  }

  /** A text message or a part of one. */
  record Text(String text, int bytes, Part part) implements Upstream {
    static Text whole(String text) {
      return new Text(text, text.getBytes(StandardCharsets.UTF_8).length, Part.WHOLE);
    }

    @Override
    public Upstream asLast() {
      return new Text(text, bytes, Part.LAST);
    }
  }

  /** A binary message or a part of one. Not a record: arrays have no value. */
  final class Binary implements Upstream {
    final byte[] content;
    final Part part;

    Binary(byte[] content, Part part) {
      this.content = content;
      this.part = part;
    }

    @Override
    public int bytes() {
      return content.length;
    }

    @Override
    public Part part() {
      return part;
    }

    @Override
    public Upstream asLast() {
      return new Binary(content, Part.LAST);
    }
  }

  /** A ping, which the session answers, or a pong. */
  final class Control implements Upstream {
    final boolean ping;
    final byte[] content;

    Control(boolean ping, byte[] content) {
      this.ping = ping;
      this.content = content;
    }

    @Override
    public int bytes() {
      return content.length;
    }
  }

  /** The client closes; null when it gives no status. */
  record Close(@Nullable CloseReason reason) implements Upstream {}
}
