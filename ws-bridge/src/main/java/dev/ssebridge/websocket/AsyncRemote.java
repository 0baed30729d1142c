package dev.ssebridge.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends that return at once and complete when the message has been written to a stream: after a
 * reconnection, if the client is away now. They fail if the session closes first, or with a {@code
 * TimeoutException} when the send timeout is over: then the message may still arrive.
 */
final class AsyncRemote extends SessionRemote implements RemoteEndpoint.Async {
  private volatile long sendTimeout; // 0 or less: the lease and the log bound how long it takes

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
      handler.onResult(SendResults.of(out, e));
    }
  }

  private CompletableFuture<Void> send(Encoded message) {
    var future = new CompletableFuture<Void>();
    long timeout = sendTimeout;
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
    return timeout > 0 && !future.isDone()
        ? future.orTimeout(timeout, TimeUnit.MILLISECONDS)
        : future;
  }

  private void send(Encoded message, SendHandler handler) {
    var unused =
        send(message)
            .whenComplete(
                (nothing, failure) -> {
                  SendResult result = SendResults.of(out, failure);
                  if (failure instanceof TimeoutException) {
                    out.callBack(() -> handler.onResult(result)); // the timer's thread is not ours
                  } else {
                    handler.onResult(result);
                  }
                });
  }
}
