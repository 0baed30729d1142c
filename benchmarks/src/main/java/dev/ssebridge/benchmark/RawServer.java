package dev.ssebridge.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit of the comparison: events in one ring of bytes, one thread that writes them, and as
 * much of HTTP as a client needs to be satisfied. It relies on the publisher not to run ahead of
 * the slowest client by more than the ring holds.
 *
 * <p>Threading: {@link #publish} from one thread.
 */
final class RawServer implements Fanout, AutoCloseable {
  private static final int RING_BYTES = 1 << 23;
  private static final int RING_EVENTS = 1 << 14;
  private static final byte[] HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final class Client {
    final SocketChannel channel;
    final SelectionKey key;
    long position; // in all bytes ever published
    long event; // the one that position is in
    boolean full; // waits to be writable

    Client(SocketChannel channel, SelectionKey key, long position, long event) {
      this.channel = channel;
      this.key = key;
      this.position = position;
      this.event = event;
    }
  }

  private final boolean coalesces;
  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final ByteBuffer ring = ByteBuffer.allocateDirect(RING_BYTES);
  private final ByteBuffer writing = ring.duplicate();
  private final long[] ends = new long[RING_EVENTS]; // of events, by number
  private final AtomicBoolean sleeping = new AtomicBoolean();
  private final List<Client> clients = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "raw-server");
  private final AtomicInteger connected = new AtomicInteger();
  private long number;
  private long bytes;
  private volatile long published; // events; what was put before it can be read after it
  private volatile boolean closed;

  RawServer(boolean coalesces) throws IOException {
    this.coalesces = coalesces;
    listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 4096);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  @Override
  public void publish(String text) {
    byte[] event =
        ("id: " + (number + 1) + "\ndata: " + text + "\n\n").getBytes(StandardCharsets.ISO_8859_1);
    int at = (int) (bytes & (RING_BYTES - 1));
    int first = Math.min(event.length, RING_BYTES - at);
    ring.put(at, event, 0, first);
    ring.put(0, event, first, event.length - first);
    bytes += event.length;
    ends[(int) (number & (RING_EVENTS - 1))] = bytes;
    number++;
    published = number;
    if (sleeping.compareAndSet(true, false)) {
      selector.wakeup();
    }
  }

  @Override
  public int clients() {
    return connected.get();
  }

  private void run() {
    long seen = 0;
    try {
      while (!closed) {
        sleeping.set(true);
        if (published != seen && sleeping.compareAndSet(true, false)) {
          selector.selectNow(this::handle);
        } else {
          selector.select(this::handle);
          sleeping.set(false);
        }
        seen = published;
        long end = seen == 0 ? 0 : ends[(int) ((seen - 1) & (RING_EVENTS - 1))];
        for (int i = clients.size() - 1; i >= 0; i--) {
          Client client = clients.get(i);
          if (!client.full) {
            write(client, end);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        SocketChannel channel = listener.accept();
        if (channel != null) {
          channel.configureBlocking(false);
          channel.register(selector, SelectionKey.OP_READ);
        }
      } else if (key.isWritable() && key.attachment() instanceof Client client) {
        client.full = false;
        key.interestOps(0);
      } else {
        var channel = (SocketChannel) key.channel();
        channel.read(ByteBuffer.allocate(4096)); // the request's head, which comes in one piece
        channel.write(ByteBuffer.wrap(HEAD));
        key.interestOps(0);
        long events = published;
        long end = events == 0 ? 0 : ends[(int) ((events - 1) & (RING_EVENTS - 1))];
        var client = new Client(channel, key, end, events);
        key.attach(client);
        clients.add(client);
        connected.incrementAndGet();
      }
    } catch (IOException e) {
      key.cancel();
    }
  }

  private void write(Client client, long end) {
    try {
      while (client.position < end) {
        long to = coalesces ? end : ends[(int) (client.event & (RING_EVENTS - 1))];
        int at = (int) (client.position & (RING_BYTES - 1));
        int count = (int) Math.min(to - client.position, RING_BYTES - at);
        writing.limit(at + count).position(at);
        int written = client.channel.write(writing);
        client.position += written;
        if (!coalesces && client.position == to) {
          client.event++;
        }
        if (written < count) {
          client.full = true;
          client.key.interestOps(SelectionKey.OP_WRITE);
          return;
        }
      }
    } catch (IOException gone) {
      client.key.cancel();
      clients.remove(client);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    listener.close();
  }
}
