package dev.ssebridge.websocket;

import java.nio.ByteBuffer;

/** An object as the message that carries it. */
sealed interface Encoded {
  record Text(String text) implements Encoded {}

  /** The buffer is the application's or its encoder's: copy it before the call returns. */
  record Binary(ByteBuffer bytes) implements Encoded {}
}
