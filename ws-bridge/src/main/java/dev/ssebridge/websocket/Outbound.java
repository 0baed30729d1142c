package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the remotes of a session send to.
 *
 * <p>Threading: safe for concurrent use.
 */
interface Outbound {
  /** Sends a message, and waits for a client that is too far behind. */
  void send(Encoded message) throws IOException;

  /**
   * Sends a message without waiting.
   *
   * @param done told null when it is as far as this transport can tell, else why it is not; on any
   *     thread
   * @throws IOException if it is not even taken; then nobody is told
   */
  void sendLater(Encoded message, Consumer<@Nullable IOException> done) throws IOException;

  /**
   * Sends a ping or a pong.
   *
   * @param data at most 125 bytes
   */
  void sendControl(boolean ping, ByteBuffer data) throws IOException;

  /**
   * Nothing, if a message would be taken now: for parts that are only collected.
   *
   * @throws IOException if the session is closed
   */
  default void requireTaking() throws IOException {}

  /** Runs a callback of the application's that no send is about to run. */
  default void callBack(Runnable work) {
    work.run();
  }

  /** An object as the message that carries it, by the session's encoders. */
  Encoded encode(Object message) throws EncodeException, IOException;
}
