package dev.ssebridge.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Every client of every server, on one thread: connects, reads and counts.
 *
 * <p>Threading: safe for concurrent use; a {@link Crowd}'s counts are exact when nothing is under
 * way.
 */
final class LoadClient implements AutoCloseable {
  private static final int READ_BYTES = 1 << 18;
  private static final long PROGRESS_NANOS = 500_000;
  private static final int CONNECTING = 256; // at a time, less than any backlog

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
  private final ConcurrentLinkedQueue<Runnable> work = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "load-client");
  private volatile boolean closed;
  private volatile Crowd watched = Crowd.NONE; // whose progress is told
  private long toldAt;

  LoadClient() throws IOException {
    thread.setDaemon(true);
    thread.start();
  }

  /** What to connect to, and how. */
  record Target(int port, boolean isWebSocket, String query, String headers) {
    Target(int port, boolean isWebSocket) {
      this(port, isWebSocket, "", "");
    }
  }

  /** Connects some clients; returns at once. */
  void connect(Crowd crowd, Target target, int count) {
    crowd.wanted += count;
    execute(() -> connectMore(crowd, target, count));
  }

  /** Keeps a crowd's {@link Progress} up to date, instead of another one's. */
  void watch(Crowd crowd) {
    watched = crowd;
    selector.wakeup();
  }

  /** Reads no more from the first clients of a crowd, for ever. */
  void stall(Crowd crowd, int count) {
    crowd.ignore(count);
    execute(() -> crowd.clients.subList(0, count).forEach(client -> client.key.interestOps(0)));
  }

  /** Cuts every connection of a crowd. */
  void cut(Crowd crowd) {
    execute(() -> crowd.clients.forEach(Crowd.Member::cut));
  }

  private void execute(Runnable task) {
    work.add(task);
    selector.wakeup();
  }

  private void connectMore(Crowd crowd, Target target, int count) {
    int batch = Math.min(count, CONNECTING - crowd.connecting);
    try {
      for (int i = 0; i < batch; i++) {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0); // no TIME_WAIT afterwards
        EventCounter counter =
            target.isWebSocket
                ? new WebSocketCounter(crowd.arrival)
                : new SseCounter(crowd.arrival);
        SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
        key.attach(crowd.join(key, counter, request(target)));
        channel.connect(
            new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), target.port));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (batch < count) {
      work.add(() -> connectMore(crowd, target, count - batch));
    }
  }

  private static byte[] request(Target target) {
    String request =
        "GET /events"
            + target.query
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + (target.isWebSocket
                ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                : "Accept: text/event-stream\r\n")
            + target.headers
            + "\r\n";
    return request.getBytes(StandardCharsets.US_ASCII);
  }

  private void run() {
    try {
      while (!closed) {
        if (work.isEmpty()) {
          selector.select(this::handle, 10);
        } else {
          selector.selectNow(this::handle);
        }
        for (int left = work.size(); left > 0; left--) {
          Runnable task = work.poll();
          if (task != null) {
            task.run();
          }
        }
        long now = System.nanoTime();
        if (now - toldAt > PROGRESS_NANOS) {
          toldAt = now;
          watched.tell();
        }
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(SelectionKey key) {
    var member = (Crowd.Member) key.attachment();
    var channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable()) {
        channel.finishConnect();
        channel.write(ByteBuffer.wrap(member.request)); // a head always fits
        key.interestOps(SelectionKey.OP_READ);
        return;
      }
      buffer.clear();
      int count = channel.read(buffer);
      if (count < 0) {
        member.cut();
        return;
      }
      member.crowd().arrival.nanos = System.nanoTime();
      member.received(buffer.array(), count);
    } catch (IOException e) {
      member.cut();
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }
}
