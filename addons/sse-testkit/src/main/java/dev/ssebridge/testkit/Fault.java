package dev.ssebridge.testkit;

import java.time.Duration;

/**
 * What a {@link ChaosProxy} does to a connection. Values: any number of connections can share one.
 */
public sealed interface Fault {

  /**
   * Ends both sides with a TCP reset. What an end has received but not yet read may be lost with
   * it.
   */
  record Reset() implements Fault {}

  /** Ends both sides in order: each end reads what was forwarded, then the end of the stream. */
  record Close() implements Fault {}

  /**
   * Ends one direction in order, as a peer does that has nothing more to say; the other direction
   * goes on.
   *
   * @param direction the one that ends
   */
  record HalfClose(Direction direction) implements Fault {}

  /**
   * Stops reading and writing in one direction until {@link ProxiedConnection#resume()}. The sender
   * can go on until the kernel's buffers are full: see {@link ChaosProxy.Builder#socketBuffers}.
   *
   * @param direction the one that stops
   */
  record Stall(Direction direction) implements Fault {}

  /**
   * Stops both directions and tells neither end what becomes of the other, as a pulled cable does.
   * Until {@link ProxiedConnection#resume()}.
   */
  record BlackHole() implements Fault {}

  /**
   * Forwards in one direction only after a time, in order, until {@link
   * ProxiedConnection#resume()}. At most 64 KB wait in the proxy; the sender waits with the rest.
   *
   * @param direction the one that is late
   * @param by how late
   */
  record Delay(Direction direction, Duration by) implements Fault {
    /** Checks the duration. */
    public Delay {
      if (by.isNegative()) {
        throw new IllegalArgumentException("a delay cannot be negative: " + by);
      }
    }
  }

  /**
   * Forwards a number of bytes more in one direction, then does something else: with {@link Close}
   * the receiver reads exactly that many.
   *
   * @param direction whose bytes are counted, from now on
   * @param bytes how many; 0 does the rest at once
   * @param then what follows
   */
  record After(Direction direction, long bytes, Fault then) implements Fault {
    /** Checks the number. */
    public After {
      if (bytes < 0) {
        throw new IllegalArgumentException("bytes must not be negative: " + bytes);
      }
    }
  }
}
