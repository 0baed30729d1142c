package dev.ssebridge.websocket;

import dev.ssebridge.Frame;
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

  AsyncRemote(BridgeSession session) {
    super(session);
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
    requireMessage(handler);
    send(session.downstream().text(requireMessage(text)), handler);
  }

  @Override
  public Future<Void> sendText(String text) {
    return send(session.downstream().text(requireMessage(text)));
  }

  @Override
  public Future<Void> sendBinary(ByteBuffer data) {
    return send(session.downstream().binary(requireMessage(data)));
  }

  @Override
  public void sendBinary(ByteBuffer data, SendHandler handler) {
    requireMessage(handler);
    send(session.downstream().binary(requireMessage(data)), handler);
  }

  @Override
  public Future<Void> sendObject(Object data) {
    try {
      return send(session.encode(requireMessage(data)));
    } catch (EncodeException | IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void sendObject(Object data, SendHandler handler) {
    requireMessage(handler);
    try {
      send(session.encode(requireMessage(data)), handler);
    } catch (EncodeException | IOException e) {
      handler.onResult(new SendResult(e));
    }
  }

  private Future<Void> send(Frame frame) {
    var future = new CompletableFuture<Void>();
    try {
      session.sendLater(
          frame,
          written -> {
            if (written) {
              future.complete(null);
            } else {
              future.completeExceptionally(BridgeSession.closedBefore());
            }
          });
    } catch (IOException e) {
      future.completeExceptionally(e);
    }
    return future;
  }

  private void send(Frame frame, SendHandler handler) {
    try {
      session.sendLater(
          frame,
          written ->
              handler.onResult(
                  written ? new SendResult() : new SendResult(BridgeSession.closedBefore())));
    } catch (IOException e) {
      handler.onResult(new SendResult(e));
    }
  }
}
