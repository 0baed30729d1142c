package dev.ssebridge.example.suite.parity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** The other end of a session, over either transport, with a transcript of what it got. */
abstract class Client implements AutoCloseable {
  static final int DEADLINE_SECONDS = 3;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> received = new ArrayList<>(); // guarded by lock
  private boolean closed; // guarded by lock: nothing more will be received

  /** Sends one text message. */
  final void text(String text) throws IOException {
    textPart(text, true);
  }

  /** Sends one binary message. */
  final void binary(int... bytes) throws IOException {
    binaryPart(bytesOf(bytes), true);
  }

  static byte[] bytesOf(int... bytes) {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    return content;
  }

  /** Sends a part of a text message; after one that was not the last, it continues that. */
  abstract void textPart(String part, boolean last) throws IOException;

  /** Sends a part of a binary message. */
  abstract void binaryPart(byte[] part, boolean last) throws IOException;

  abstract void ping(byte[] data) throws IOException;

  abstract void pong(byte[] data) throws IOException;

  /** Closes; 0 is no status. Nothing if the other side has closed already. */
  abstract void close(int code, String reason) throws IOException;

  /** Is gone from one moment to the next, for ever. */
  abstract void vanish() throws IOException;

  /** The status of the handshake: the transport's own where it succeeded, else the HTTP status. */
  abstract int refusal();

  /** A header of the answer to the handshake, or null. */
  abstract String header(String name);

  /** The subprotocol agreed on, as the client was told it. */
  abstract String protocol();

  /** Writes something into the transcript that the transport does not. */
  final void note(String what) {
    lock.lock();
    try {
      received.add(what);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts one line in place of everything received so far. */
  final void fold(Function<List<String>, String> summary) {
    lock.lock();
    try {
      String line = summary.apply(List.copyOf(received));
      received.clear();
      received.add(line);
    } finally {
      lock.unlock();
    }
  }

  final void gotText(String text) {
    note("text " + text);
  }

  final void got(String kind, byte[] content) {
    note(kind + " " + HexFormat.of().formatHex(content));
  }

  /** Nothing more can come; a second end is ignored. */
  final void gotClose(int code, String reason) {
    lock.lock();
    try {
      if (!closed) {
        received.add(("close " + code + " " + reason).strip());
        closed = true;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  final boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  final List<String> received() {
    lock.lock();
    try {
      return List.copyOf(received);
    } finally {
      lock.unlock();
    }
  }

  /** Waits for so many entries of the transcript; less than that if the session is closed. */
  final void await(int count) throws InterruptedException {
    await(count, false);
  }

  /** Waits for the end of the session. */
  final void awaitClose() throws InterruptedException {
    await(Integer.MAX_VALUE, true);
  }

  private void await(int count, boolean wantsClose) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    lock.lock();
    try {
      while (received.size() < count && !closed) {
        if (left <= 0) {
          received.add(wantsClose ? "not closed in time" : "nothing in time");
          return;
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public abstract void close() throws IOException;
}
