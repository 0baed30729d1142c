package dev.ssebridge.example.suite;

import dev.ssebridge.example.server.ServerCertificate;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/2 client that can do what ordinary ones hide: reset one stream, let one stream's window
 * run dry, go away, and die. Just enough of RFC 9113 for tests: of the response it knows the status
 * and the body.
 *
 * <p>A stream gives credit as its body is read, half a window at a time, and the connection has
 * more than enough: to stall a stream, do not read it; the others go on.
 *
 * <p><b>Threading:</b> safe for concurrent use; each stream is read by one thread.
 */
public final class Http2Connection implements AutoCloseable {
  /** The error code of a stream that is not wanted any more (RFC 9113 §7). */
  public static final int CANCEL = 8;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int PRIORITY = 32;

  // Places in the static table of RFC 7541, appendix A.
  private static final int AUTHORITY = 1;
  private static final int METHOD = 2;
  private static final int PATH = 4;
  private static final int SCHEME = 6;

  private final URI base;
  private final Socket socket;
  private final int window;
  private final OutputStream out;
  private final ReentrantLock writing = new ReentrantLock(); // a frame at a time
  private final Map<Integer, Stream> streams = new ConcurrentHashMap<>();
  private int nextStream = 1; // guarded by writing: ids must rise on the wire

  private Http2Connection(URI base, Socket socket, int window) throws IOException {
    this.base = base;
    this.window = window;
    this.socket = socket;
    this.out = socket.getOutputStream();
  }

  /**
   * Connects: with TLS and ALPN to an {@code https} address, else in cleartext with prior
   * knowledge.
   *
   * @param window how many bytes of a body the server may send before they are read; Tomcat ends a
   *     connection whose updates are often below 1 KB, so at least 2048 is wise
   */
  public static Http2Connection open(URI base, int window) throws IOException {
    Socket socket =
        base.getScheme().equals("https") ? tls(base) : new Socket(base.getHost(), base.getPort());
    socket.setTcpNoDelay(true);
    Http2Connection connection = new Http2Connection(base, socket, window);
    connection.begin();
    return connection;
  }

  private static Socket tls(URI base) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            ServerCertificate.clientContext()
                .getSocketFactory()
                .createSocket(base.getHost(), base.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    if (!socket.getApplicationProtocol().equals("h2")) {
      throw new IOException("not negotiated: <" + socket.getApplicationProtocol() + ">");
    }
    return socket;
  }

  private void begin() throws IOException {
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    // HEADER_TABLE_SIZE 0: nothing of one response's headers is needed to read the next one's.
    ByteBuffer settings = ByteBuffer.allocate(18);
    settings.putShort((short) 1).putInt(0);
    settings.putShort((short) 2).putInt(0); // no push
    settings.putShort((short) 4).putInt(window);
    frame(SETTINGS, 0, 0, settings.array());
    // The connection's own window is never a limit, so that one stalled stream stalls no other.
    frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1 << 30).array());
    Thread reader = new Thread(this::read, "http2-connection");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Opens a stream.
   *
   * @param target path and query
   * @param headers {@code name: value}, with the name in lower case
   */
  public Stream get(String target, String... headers) throws IOException {
    return send("GET", target, new byte[0], headers);
  }

  /**
   * Sends a request.
   *
   * @param target path and query
   * @param body at most 16 KB
   * @param headers {@code name: value}, with the name in lower case
   */
  public Stream send(String method, String target, byte[] body, String... headers)
      throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    pseudo(block, METHOD, method);
    pseudo(block, SCHEME, base.getScheme());
    pseudo(block, AUTHORITY, base.getHost() + ":" + base.getPort());
    pseudo(block, PATH, target);
    for (String header : headers) {
      int colon = header.indexOf(':', 1);
      literal(block, header.substring(0, colon), header.substring(colon + 1).trim());
    }
    writing.lock();
    try {
      Stream stream = new Stream(nextStream);
      nextStream += 2;
      streams.put(stream.id, stream);
      int flags = END_HEADERS | (body.length == 0 ? END_STREAM : 0);
      frame(HEADERS, flags, stream.id, block.toByteArray());
      if (body.length > 0) {
        frame(DATA, END_STREAM, stream.id, body);
      }
      return stream;
    } finally {
      writing.unlock();
    }
  }

  /** Says that no more streams will be opened, as a client that shuts down does. */
  public void goAway() throws IOException {
    frame(GOAWAY, 0, 0, new byte[8]);
  }

  /** Ends the connection with a TCP reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Ends the connection without a word of HTTP/2. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** A request and its response. */
  public final class Stream {
    private final int id;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // The rest is guarded by lock.
    private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
    private int status = -1;
    private boolean ended;
    private int resetCode = -1;
    private IOException failed;
    private long bytes;
    private int owed; // read, and no credit given for it yet

    private Stream(int id) {
      this.id = id;
    }

    /** Waits for the status of the response. */
    public int status(Duration within) throws IOException {
      await(within, () -> status > 0);
      return status;
    }

    /**
     * Reads the body as UTF-8 up to and including a text, and gives credit for what was read.
     *
     * @throws EOFException if the body ends before
     */
    public String readThrough(String text, Duration within) throws IOException {
      byte[] mark = text.getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      long deadline = System.nanoTime() + within.toNanos();
      while (true) {
        await(Duration.ofNanos(deadline - System.nanoTime()), () -> unread.size() > 0);
        read.writeBytes(take());
        String all = read.toString(StandardCharsets.ISO_8859_1);
        int found = all.indexOf(new String(mark, StandardCharsets.ISO_8859_1));
        if (found >= 0) {
          byte[] bytes = read.toByteArray();
          int end = found + mark.length;
          putBack(Arrays.copyOfRange(bytes, end, bytes.length));
          credit();
          return new String(bytes, 0, end, StandardCharsets.UTF_8);
        }
        credit();
      }
    }

    /** How many bytes of the body have arrived, read or not. */
    public long arrived() {
      lock.lock();
      try {
        return bytes;
      } finally {
        lock.unlock();
      }
    }

    /** Waits until the server has ended the body in order. */
    public void awaitEnd(Duration within) throws IOException {
      await(within, () -> ended);
    }

    /** Waits until the server has reset the stream; returns the error code. */
    public int awaitReset(Duration within) throws IOException {
      await(within, () -> resetCode >= 0);
      return resetCode;
    }

    /** Sends RST_STREAM: the request is over, the connection goes on. */
    public void reset(int code) throws IOException {
      streams.remove(id);
      frame(RST_STREAM, 0, id, ByteBuffer.allocate(4).putInt(code).array());
    }

    private byte[] take() {
      lock.lock();
      try {
        byte[] all = unread.toByteArray();
        unread.reset();
        owed += all.length;
        return all;
      } finally {
        lock.unlock();
      }
    }

    private void putBack(byte[] rest) {
      lock.lock();
      try {
        byte[] later = unread.toByteArray();
        unread.reset();
        unread.writeBytes(rest);
        unread.writeBytes(later);
        owed -= rest.length;
      } finally {
        lock.unlock();
      }
    }

    /** Half a window at a time: Tomcat takes many small updates for an attack. */
    private void credit() throws IOException {
      int now;
      lock.lock();
      try {
        if (owed < window / 2) {
          return;
        }
        now = owed;
        owed = 0;
      } finally {
        lock.unlock();
      }
      frame(WINDOW_UPDATE, 0, id, ByteBuffer.allocate(4).putInt(now).array());
    }

    private interface Reached {
      boolean now();
    }

    private void await(Duration within, Reached reached) throws IOException {
      long nanos = within.toNanos();
      lock.lock();
      try {
        while (!reached.now()) {
          if (failed != null) {
            throw new IOException("the connection has ended", failed);
          }
          if (ended || resetCode >= 0) {
            throw new EOFException(ended ? "the body has ended" : "reset, code " + resetCode);
          }
          if (nanos <= 0) {
            throw new SocketTimeoutException(
                "not within " + within + ": <" + unread.toString(StandardCharsets.UTF_8) + ">");
          }
          nanos = changed.awaitNanos(nanos);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        lock.unlock();
      }
    }

    private void change(Runnable change) {
      lock.lock();
      try {
        change.run();
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  // --- frames (RFC 9113 §4.1)

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    writing.lock();
    try {
      out.write(frame.array());
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  private void read() {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      while (true) {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int id = in.readInt() & 0x7fffffff;
        byte[] payload = in.readNBytes(length);
        Stream stream = streams.get(id);
        switch (type) {
          case DATA -> data(stream, flags, payload);
          case HEADERS, CONTINUATION -> {
            if (type == HEADERS) {
              block.reset();
              payload = withoutPadding(flags, payload);
              payload = (flags & PRIORITY) == 0 ? payload : rest(payload, 5);
            }
            block.write(payload);
            if ((flags & END_HEADERS) != 0 && stream != null) {
              int status = status(block.toByteArray());
              stream.change(() -> stream.status = stream.status > 0 ? stream.status : status);
            }
            endIf(type == HEADERS && (flags & END_STREAM) != 0, stream);
          }
          case RST_STREAM -> {
            if (stream != null) {
              int code = ByteBuffer.wrap(payload).getInt();
              stream.change(() -> stream.resetCode = code);
            }
          }
          case SETTINGS -> {
            if ((flags & ACK) == 0) {
              frame(SETTINGS, ACK, 0, new byte[0]);
            }
          }
          case PING -> {
            if ((flags & ACK) == 0) {
              frame(PING, ACK, 0, payload);
            }
          }
          default -> {
            // GOAWAY is followed by the end; windows are larger than what a test sends
          }
        }
      }
    } catch (IOException e) {
      streams.values().forEach(stream -> stream.change(() -> stream.failed = e));
    }
  }

  private static void data(Stream stream, int flags, byte[] payload) {
    byte[] body = withoutPadding(flags, payload);
    if (stream != null) {
      stream.change(
          () -> {
            stream.unread.writeBytes(body);
            stream.bytes += body.length;
          });
    }
    endIf((flags & END_STREAM) != 0, stream);
  }

  private static void endIf(boolean end, Stream stream) {
    if (end && stream != null) {
      stream.change(() -> stream.ended = true);
    }
  }

  private static byte[] withoutPadding(int flags, byte[] payload) {
    if ((flags & PADDED) == 0) {
      return payload;
    }
    return Arrays.copyOfRange(payload, 1, payload.length - (payload[0] & 0xff));
  }

  private static byte[] rest(byte[] payload, int from) {
    return Arrays.copyOfRange(payload, from, payload.length);
  }

  // --- header compression, without compressing (RFC 7541 §6.2.2)

  /** A name by its place in the static table: Tomcat takes no colon in a literal name. */
  private static void pseudo(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    string(block, value);
  }

  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    string(block, name);
    string(block, value);
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int rest = bytes.length - 127;
      for (; rest >= 128; rest >>= 7) {
        block.write(rest % 128 + 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  /** The status, which comes first (RFC 9113 §8.3.2), from the forms in which it can stand. */
  private static int status(byte[] block) {
    int at = 0;
    while ((block[at] & 0xe0) == 0x20) {
      at++; // a change of the table's size, to the zero we asked for
    }
    int first = block[at] & 0xff;
    int[] indexed = {200, 204, 206, 304, 400, 404, 500};
    if (first >= 0x88 && first <= 0x8e) {
      return indexed[first - 0x88];
    }
    int length = block[at + 1] & 0xff; // the name is indexed in one byte
    byte[] value = Arrays.copyOfRange(block, at + 2, at + 2 + (length & 0x7f));
    return Integer.parseInt(
        (length & 0x80) == 0 ? new String(value, StandardCharsets.US_ASCII) : digits(value));
  }

  /** Three digits in the code of RFC 7541, appendix B: 0 to 2 have five bits, 3 to 9 six. */
  private static String digits(byte[] code) {
    long bits = 0;
    for (byte each : code) {
      bits = bits << 8 | each & 0xff;
    }
    int left = code.length * 8;
    StringBuilder text = new StringBuilder();
    while (text.length() < 3) {
      int five = (int) (bits >> left - 5) & 0x1f;
      if (five <= 2) {
        text.append(five);
        left -= 5;
      } else {
        int six = (int) (bits >> left - 6) & 0x3f;
        text.append(six - 0x19 + 3);
        left -= 6;
      }
    }
    return text.toString();
  }
}
