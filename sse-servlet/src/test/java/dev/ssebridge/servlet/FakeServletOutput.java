package dev.ssebridge.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The output of a response, as strict as the specification allows a container to be: with a
 * listener set, a write or flush that {@code isReady} has not just allowed is a violation, and so
 * is every touch once the container has had its last word.
 */
final class FakeServletOutput extends ServletOutputStream {
  private final FakeExchange exchange;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private boolean allowed; // isReady has said yes, and nothing was written since
  private boolean ready;
  private int capacity = Integer.MAX_VALUE; // bytes until it is not ready any more
  private boolean failing;
  private WriteListener listener;

  FakeServletOutput(FakeExchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public synchronized boolean isReady() {
    exchange.touched("isReady");
    allowed = ready && capacity > 0;
    return allowed;
  }

  @Override
  public synchronized void setWriteListener(WriteListener writeListener) {
    exchange.touched("setWriteListener");
    if (listener != null || !exchange.isAsync()) {
      exchange.violated("a listener is set once, in asynchronous mode");
    }
    listener = writeListener;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int count) throws IOException {
    use("write");
    sent.write(bytes, from, count);
    capacity -= count;
  }

  @Override
  public synchronized void flush() throws IOException {
    use("flush");
    exchange.commit();
  }

  private void use(String what) throws IOException {
    exchange.touched(what);
    if (listener != null && !allowed) {
      exchange.violated(what + " without isReady");
    }
    allowed = false;
    if (failing) {
      throw new IOException("broken pipe");
    }
  }

  @Override
  public void close() {
    exchange.violated("close");
  }

  // The container's side

  synchronized WriteListener listener() {
    return listener;
  }

  /** The container can take bytes now, and says so. */
  void becomeReady() throws IOException {
    synchronized (this) {
      ready = true;
      capacity = Integer.MAX_VALUE;
    }
    listener().onWritePossible();
  }

  /** Takes so many bytes more, and is not ready from then on. */
  synchronized void stallAfter(int bytes) {
    capacity = bytes;
  }

  /** From now on every write finds that the client has left. */
  synchronized void fail() {
    failing = true;
  }

  synchronized String text() {
    return sent.toString(StandardCharsets.UTF_8);
  }
}
