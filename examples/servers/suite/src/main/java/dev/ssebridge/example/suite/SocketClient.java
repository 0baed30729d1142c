package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.fail;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A native WebSocket as a test uses it: what comes is a line each, and every wait has a deadline.
 */
final class SocketClient implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 20;

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final WebSocket socket;

  /**
   * Opens a socket.
   *
   * @param headers names and values; {@code Sec-WebSocket-Protocol} asks for one subprotocol
   */
  SocketClient(URI uri, String... headers) throws Exception {
    WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      if (headers[i].equals("Sec-WebSocket-Protocol")) {
        builder.subprotocols(headers[i + 1]);
      } else {
        builder.header(headers[i], headers[i + 1]);
      }
    }
    socket = builder.buildAsync(uri, new Lines()).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private final class Lines implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        lines.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      lines.add("binary " + StandardCharsets.ISO_8859_1.decode(data) + (last ? "" : "+"));
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
      lines.add("pong " + StandardCharsets.ISO_8859_1.decode(data));
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      lines.add("close " + code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable cut) {
      lines.add("cut");
    }
  }

  WebSocket socket() {
    return socket;
  }

  void send(String text) {
    done(socket.sendText(text, true));
  }

  void sendPart(String text, boolean last) {
    done(socket.sendText(text, last));
  }

  void send(byte[] data) {
    done(socket.sendBinary(ByteBuffer.wrap(data), true));
  }

  void ping(String data) {
    done(socket.sendPing(ByteBuffer.wrap(data.getBytes(StandardCharsets.ISO_8859_1))));
  }

  void pong(String data) {
    done(socket.sendPong(ByteBuffer.wrap(data.getBytes(StandardCharsets.ISO_8859_1))));
  }

  void close(int code) {
    done(socket.sendClose(code, ""));
  }

  private static void done(CompletableFuture<WebSocket> sent) {
    sent.orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }

  /** The next text, or {@code binary …}, {@code pong …}, {@code close <code>}, {@code cut}. */
  String next() throws InterruptedException {
    String next = lines.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    return next == null ? fail("nothing in time") : next;
  }

  @Override
  public void close() {
    socket.abort();
  }
}
