package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
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
    String whole = textParts.add(requireMessage(partialMessage), isLast);
    if (whole != null) {
      sendText(whole);
    }
  }

  @Override
  public void sendBinary(ByteBuffer partialByte, boolean isLast) throws IOException {
    ByteBuffer whole = binaryParts.add(requireMessage(partialByte), isLast);
    if (whole != null) {
      sendBinary(whole);
    }
  }

  @Override
  public OutputStream getSendStream() {
    return new ByteArrayOutputStream() {
      private boolean sent;

      @Override
      public void close() throws IOException {
        if (!sent) {
          sent = true;
          sendBinary(ByteBuffer.wrap(buf, 0, count));
        }
      }
    };
  }

  @Override
  public Writer getSendWriter() {
    return new StringWriter() {
      private boolean sent;

      @Override
      public void close() throws IOException {
        if (!sent) {
          sent = true;
          sendText(toString());
        }
      }
    };
  }

  @Override
  public void sendObject(Object data) throws IOException, EncodeException {
    out.send(out.encode(requireMessage(data)));
  }
}
