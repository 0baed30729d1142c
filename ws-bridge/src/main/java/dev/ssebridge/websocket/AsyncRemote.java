package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Sends that return at once and complete when the message has been written to a stream: after a
 * reconnection, if the client is away now. They fail if the session closes first.
 */
final class AsyncRemote extends SessionRemote implements RemoteEndpoint.Async {
  private volatile long sendTimeout; // reported back; the lease and the log bound how long we wait

  AsyncRemote(Outbound out) {
    super(out);
  }

  @Override
  public long getSendTimeout() {
    return sendTimeout;
  }

  @Override
  public void setSendTimeout(long timeoutmillis) {
    sendTimeout = timeoutmillis;
  }

  @Override
  public void sendText(String text, SendHandler handler) {
    send(new Encoded.Text(requireMessage(text)), requireMessage(handler));
  }

  @Override
  public Future<Void> sendText(String text) {
    return send(new Encoded.Text(requireMessage(text)));
  }

  @Override
  public Future<Void> sendBinary(ByteBuffer data) {
    return send(new Encoded.Binary(requireMessage(data)));
  }

  @Override
  public void sendBinary(ByteBuffer data, SendHandler handler) {
    send(new Encoded.Binary(requireMessage(data)), requireMessage(handler));
  }

  @Override
  public Future<Void> sendObject(Object data) {
    try {
      return send(out.encode(requireMessage(data)));
    } catch (EncodeException | IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void sendObject(Object data, SendHandler handler) {
    requireMessage(handler);
    try {
      send(out.encode(requireMessage(data)), handler);
    } catch (EncodeException | IOException e) {
      handler.onResult(new SendResult(e));
    }
  }

  private Future<Void> send(Encoded message) {
    var future = new CompletableFuture<Void>();
    try {
      out.sendLater(
          message,
          failure -> {
            if (failure == null) {
              future.complete(null);
            } else {
              future.completeExceptionally(failure);
            }
          });
    } catch (IOException e) {
      future.completeExceptionally(e);
    }
    return future;
  }

  private void send(Encoded message, SendHandler handler) {
    try {
      out.sendLater(
          message,
          failure ->
              handler.onResult(failure == null ? new SendResult() : new SendResult(failure)));
    } catch (IOException e) {
      handler.onResult(new SendResult(e));
    }
  }
}
