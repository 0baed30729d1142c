package dev.ssebridge.websocket;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Future;

/** Publishes each message, then sends it to the WebSocket, whose result is the caller's. */
final class MirrorAsync implements RemoteEndpoint.Async {
  private final RemoteEndpoint.Async webSocket;
  private final MirrorSession mirror;

  MirrorAsync(RemoteEndpoint.Async webSocket, MirrorSession mirror) {
    this.webSocket = webSocket;
    this.mirror = mirror;
  }

  @Override
  public void sendText(String text, SendHandler handler) {
    mirror.publish(channel -> channel.sendText(text));
    webSocket.sendText(text, handler);
  }

  @Override
  public Future<Void> sendText(String text) {
    mirror.publish(channel -> channel.sendText(text));
    return webSocket.sendText(text);
  }

  @Override
  public Future<Void> sendBinary(ByteBuffer data) {
    mirror.publish(channel -> channel.sendBinary(data.duplicate()));
    return webSocket.sendBinary(data);
  }

  @Override
  public void sendBinary(ByteBuffer data, SendHandler handler) {
    mirror.publish(channel -> channel.sendBinary(data.duplicate()));
    webSocket.sendBinary(data, handler);
  }

  @Override
  public Future<Void> sendObject(Object data) {
    publishObject(data);
    return webSocket.sendObject(data);
  }

  @Override
  public void sendObject(Object data, SendHandler handler) {
    publishObject(data);
    webSocket.sendObject(data, handler);
  }

  private void publishObject(Object data) {
    mirror.publish(
        channel -> channel.sendObject(data instanceof ByteBuffer bytes ? bytes.duplicate() : data));
  }

  @Override
  public long getSendTimeout() {
    return webSocket.getSendTimeout();
  }

  @Override
  public void setSendTimeout(long timeoutmillis) {
    webSocket.setSendTimeout(timeoutmillis);
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
