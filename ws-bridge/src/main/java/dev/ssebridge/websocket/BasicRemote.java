package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;

/**
 * Sends that return when the message is taken for good, and wait while the client is too far
 * behind. Unlike some containers' own, they may be called by many threads at once: messages keep
 * the order of the calls.
 */
final class BasicRemote extends SessionRemote implements RemoteEndpoint.Basic {
  BasicRemote(Outbound out) {
    super(out);
  }

  @Override
  public void sendText(String text) throws IOException {
    out.send(new Encoded.Text(requireMessage(text)));
  }

  @Override
  public void sendBinary(ByteBuffer data) throws IOException {
    out.send(new Encoded.Binary(requireMessage(data)));
  }

  @Override
  public void sendText(String partialMessage, boolean isLast) throws IOException {
    requireMessage(partialMessage);
    out.requireTaking();
    String whole = textParts.add(partialMessage, isLast);
    if (whole != null) {
      sendText(whole);
    }
  }

  @Override
  public void sendBinary(ByteBuffer partialByte, boolean isLast) throws IOException {
    requireMessage(partialByte);
    out.requireTaking();
    ByteBuffer whole = binaryParts.add(partialByte, isLast);
    if (whole != null) {
      sendBinary(whole);
    }
  }

  @Override
  public OutputStream getSendStream() {
    return new SendStream();
  }

  @Override
  public Writer getSendWriter() {
    return new SendWriter();
  }

  /** One binary message, if anything is written; for one thread. */
  private final class SendStream extends OutputStream {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private boolean written;
    private boolean closed;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      requireNotClosed(closed);
      out.requireTaking();
      written = true;
      content.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      requireNotClosed(closed);
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        if (written) {
          sendBinary(ByteBuffer.wrap(content.toByteArray()));
        }
      }
    }
  }

  /** One text message, if anything is written; for one thread. */
  private final class SendWriter extends Writer {
    private final StringBuilder content = new StringBuilder();
    private boolean written;
    private boolean closed;

    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
      requireNotClosed(closed);
      out.requireTaking();
      written = true;
      content.append(characters, offset, length);
    }

    @Override
    public void flush() throws IOException {
      requireNotClosed(closed);
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        if (written) {
          sendText(content.toString());
        }
      }
    }
  }

  private static void requireNotClosed(boolean closed) throws IOException {
    if (closed) {
      throw new IOException("the message has been sent");
    }
  }

  @Override
  public void sendObject(Object data) throws IOException, EncodeException {
    out.send(out.encode(requireMessage(data)));
  }
}
