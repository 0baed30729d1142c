package dev.ssebridge.example.suite.parity;

import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * RFC 6455 on a bare socket: shows the handshake's answer and sends exactly the frames it is told.
 */
final class WebSocketClient extends Client {
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final RawStream stream;
  private boolean inMessage; // the script's thread only
  private boolean closeSent; // guarded by this, as every write is

  private WebSocketClient(RawStream stream) {
    this.stream = stream;
    if (stream.status() == 101) {
      Thread reader = new Thread(this::read, "websocket-client");
      reader.setDaemon(true);
      reader.start();
    }
  }

  static WebSocketClient open(URI server, Case tested) throws IOException {
    List<String> headers = new ArrayList<>(tested.headers);
    headers.add("Upgrade: websocket");
    headers.add("Connection: Upgrade");
    headers.add("Sec-WebSocket-Version: 13");
    headers.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    return new WebSocketClient(
        RawHttpClient.to(server).get("/" + tested.path, headers.toArray(String[]::new)));
  }

  @Override
  int refusal() {
    return stream.status() == 101 ? 0 : stream.status();
  }

  @Override
  String header(String name) {
    return stream.header(name).orElse(null);
  }

  @Override
  String protocol() {
    return stream.header("Sec-WebSocket-Protocol").orElse("");
  }

  @Override
  void textPart(String part, boolean last) throws IOException {
    part(TEXT, utf8(part), last);
  }

  @Override
  void binaryPart(byte[] part, boolean last) throws IOException {
    part(BINARY, part, last);
  }

  private void part(int opcode, byte[] part, boolean last) throws IOException {
    frame(inMessage ? CONTINUATION : opcode, part, last);
    inMessage = !last;
  }

  @Override
  void ping(byte[] data) throws IOException {
    frame(PING, data, true);
  }

  @Override
  void pong(byte[] data) throws IOException {
    frame(PONG, data, true);
  }

  @Override
  synchronized void close(int code, String reason) throws IOException {
    if (closeSent) {
      return;
    }
    byte[] phrase = utf8(reason);
    ByteBuffer payload = ByteBuffer.allocate(code == 0 ? 0 : 2 + phrase.length);
    if (code != 0) {
      payload.putShort((short) code).put(phrase);
    }
    frame(CLOSE, payload.array(), true);
    closeSent = true;
  }

  @Override
  void vanish() throws IOException {
    stream.reset();
    gotClose(1006, "");
  }

  /** The mask is zero: it has to be there, and nobody looks at it here. */
  private synchronized void frame(int opcode, byte[] payload, boolean last) throws IOException {
    if (closeSent) {
      return;
    }
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) ((last ? 0x80 : 0) | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else if (payload.length < 65536) {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    try {
      stream.write(Arrays.copyOf(frame.array(), frame.position()));
    } catch (IOException cut) {
      closeSent = true; // the reader notes how it ended
    }
  }

  private void read() {
    var message = new ByteArrayOutputStream();
    int kind = 0;
    try {
      while (true) {
        byte[] head = bytes(2);
        int opcode = head[0] & 0x0F;
        long length = head[1] & 0x7F;
        if (length == 126) {
          length = ByteBuffer.wrap(bytes(2)).getShort() & 0xFFFF;
        } else if (length == 127) {
          length = ByteBuffer.wrap(bytes(8)).getLong();
        }
        byte[] payload = bytes((int) length);
        switch (opcode) {
          case CLOSE -> {
            closed(payload);
            return;
          }
          case PING -> got("ping", payload);
          case PONG -> got("pong", payload);
          default -> {
            kind = opcode == CONTINUATION ? kind : opcode;
            message.writeBytes(payload);
            if ((head[0] & 0x80) != 0) {
              if (kind == TEXT) {
                gotText(message.toString(StandardCharsets.UTF_8));
              } else {
                got("binary", message.toByteArray());
              }
              message.reset();
            }
          }
        }
      }
    } catch (IOException cut) {
      gotClose(1006, "");
    }
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = stream.readBytes(count, PATIENCE);
    if (bytes.length < count) {
      throw new IOException("cut");
    }
    return bytes;
  }

  /** Answers a close as a browser does, and says what it was. */
  private void closed(byte[] payload) throws IOException {
    int code = payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xFFFF;
    String reason =
        payload.length < 2
            ? ""
            : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    gotClose(code, reason);
    try {
      close(code == 1005 ? 0 : code, "");
    } catch (IOException cut) {
      // the server did not wait
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
