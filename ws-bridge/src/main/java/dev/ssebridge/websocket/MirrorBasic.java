package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;

/** Publishes each message, then sends it to the WebSocket, whose result is the caller's. */
final class MirrorBasic implements RemoteEndpoint.Basic {
  private final RemoteEndpoint.Basic webSocket;
  private final MirrorSession mirror;

  MirrorBasic(RemoteEndpoint.Basic webSocket, MirrorSession mirror) {
    this.webSocket = webSocket;
    this.mirror = mirror;
  }

  @Override
  public void sendText(String text) throws IOException {
    mirror.publish(channel -> channel.sendText(text));
    webSocket.sendText(text);
  }

  @Override
  public void sendBinary(ByteBuffer data) throws IOException {
    mirror.publish(channel -> channel.sendBinary(data.duplicate()));
    webSocket.sendBinary(data);
  }

  @Override
  public void sendText(String partialMessage, boolean isLast) throws IOException {
    mirror.publish(channel -> channel.sendText(partialMessage, isLast));
    webSocket.sendText(partialMessage, isLast);
  }

  @Override
  public void sendBinary(ByteBuffer partialByte, boolean isLast) throws IOException {
    mirror.publish(channel -> channel.sendBinary(partialByte.duplicate(), isLast));
    webSocket.sendBinary(partialByte, isLast);
  }

  /** The message is published when the stream is closed, as a whole. */
  @Override
  public OutputStream getSendStream() throws IOException {
    OutputStream socket = webSocket.getSendStream();
    var whole = new ByteArrayOutputStream();
    return new OutputStream() {
      private boolean published;

      @Override
      public void write(int b) throws IOException {
        whole.write(b);
        socket.write(b);
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        whole.write(bytes, from, count);
        socket.write(bytes, from, count);
      }

      @Override
      public void flush() throws IOException {
        socket.flush();
      }

      @Override
      public void close() throws IOException {
        if (!published) {
          published = true;
          mirror.publish(channel -> channel.sendBinary(ByteBuffer.wrap(whole.toByteArray())));
        }
        socket.close();
      }
    };
  }

  /** The message is published when the writer is closed, as a whole. */
  @Override
  public Writer getSendWriter() throws IOException {
    Writer socket = webSocket.getSendWriter();
    var whole = new StringBuilder();
    return new Writer() {
      private boolean published;

      @Override
      public void write(char[] chars, int from, int count) throws IOException {
        whole.append(chars, from, count);
        socket.write(chars, from, count);
      }

      @Override
      public void flush() throws IOException {
        socket.flush();
      }

      @Override
      public void close() throws IOException {
        if (!published) {
          published = true;
          mirror.publish(channel -> channel.sendText(whole.toString()));
        }
        socket.close();
      }
    };
  }

  @Override
  public void sendObject(Object data) throws IOException, EncodeException {
    mirror.publish(
        channel -> channel.sendObject(data instanceof ByteBuffer bytes ? bytes.duplicate() : data));
    webSocket.sendObject(data);
  }

  @Override
  public void setBatchingAllowed(boolean allowed) throws IOException {
    webSocket.setBatchingAllowed(allowed);
  }

  @Override
  public boolean getBatchingAllowed() {
    return webSocket.getBatchingAllowed();
  }

  @Override
  public void flushBatch() throws IOException {
    webSocket.flushBatch();
  }

  @Override
  public void sendPing(ByteBuffer applicationData) throws IOException {
    webSocket.sendPing(applicationData);
  }

  @Override
  public void sendPong(ByteBuffer applicationData) throws IOException {
    webSocket.sendPong(applicationData);
  }
}
