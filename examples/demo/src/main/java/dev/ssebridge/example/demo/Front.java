package dev.ssebridge.example.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The public port of the demo. Every connection passes through to the container, and stays one
 * connection on either side, so that cutting it is what a broken network is to both. {@code POST
 * /demo/cut?client=NAME} is answered here: it resets the connections whose latest request has
 * {@code name=NAME} in its query, and says how many there were and how many of them were streams.
 * For a moment after it what the client sends still reaches the container, but every answer is lost
 * in another reset: on one machine a cut would otherwise hardly ever meet a message on its way up.
 *
 * <p><b>Threading:</b> safe for concurrent use. Each connection has two threads.
 */
final class Front implements AutoCloseable {
  private static final Pattern TARGET = Pattern.compile("^(\\S+) (\\S+) HTTP/1\\.1\r\n");
  private static final Pattern CUT = Pattern.compile("/demo/cut\\?client=([\\w-]+)");
  private static final Pattern STREAM =
      Pattern.compile(
          "^(?:Upgrade: *websocket|Accept: *text/event-stream)",
          Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);
  private static final Pattern NAME = Pattern.compile("[?&]name=([\\w-]+)");

  private final ServerSocket listener;
  private final InetSocketAddress container;
  private final Duration outage;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

  /** By client, the {@link System#nanoTime} until which its answers are lost; only running ones. */
  private final Map<String, Long> outages = new ConcurrentHashMap<>();

  private Front(ServerSocket listener, InetSocketAddress container, Duration outage) {
    this.listener = listener;
    this.container = container;
    this.outage = outage;
  }

  /**
   * Listens on 127.0.0.1; port 0 takes a free one.
   *
   * @param outage how long after a cut the answers to a client are lost
   */
  static Front listen(int port, int containerPort, Duration outage) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Front front =
        new Front(
            new ServerSocket(port, 128, loopback),
            new InetSocketAddress(loopback, containerPort),
            outage);
    start(front::accept, "demo-front");
    return front;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Resets a client's connections, and those it opens in the next moment. */
  Cut cut(String client) {
    long now = System.nanoTime();
    outages.values().removeIf(end -> end - now <= 0);
    outages.put(client, now + outage.toNanos());
    List<Connection> cut =
        connections.stream().filter(connection -> connection.latest.client.equals(client)).toList();
    cut.forEach(Connection::reset);
    return new Cut(cut.size(), cut.stream().filter(connection -> connection.latest.stream).count());
  }

  /**
   * What a cut has hit.
   *
   * @param connections all of them
   * @param streams those of a WebSocket or an event stream
   */
  record Cut(long connections, long streams) {}

  /**
   * Whose request it is, by the name in its query, and whether it asks for a WebSocket or an event
   * stream.
   */
  private record Request(String client, boolean stream) {}

  private boolean isOut(String client) {
    Long end = outages.get(client);
    return end != null && end - System.nanoTime() > 0;
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      // A listening socket that fails to close is closed.
    }
    connections.forEach(Connection::reset);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        try {
          new Connection(client, connectToContainer()).start();
        } catch (IOException e) {
          client.close(); // the container is gone: so is this connection
        }
      } catch (IOException e) {
        // Closed, which ends the loop; or a client that left before it was accepted.
      }
    }
  }

  private Socket connectToContainer() throws IOException {
    Socket socket = new Socket();
    socket.connect(container);
    return socket;
  }

  private static void start(Runnable body, String name) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private final class Connection {
    private final Socket outside;
    private final Socket inside;
    private final RequestHeads heads = new RequestHeads(this::passes);

    private volatile Request latest = new Request("", false);
    private volatile boolean halfClosed;

    Connection(Socket outside, Socket inside) throws IOException {
      this.outside = outside;
      this.inside = inside;
      outside.setTcpNoDelay(true);
      inside.setTcpNoDelay(true);
    }

    void start() {
      connections.add(this);
      Front.start(() -> pump(outside, inside, true), "demo-up");
      Front.start(() -> pump(inside, outside, false), "demo-down");
    }

    /** Both ends see a reset, and what was on its way is gone. */
    void reset() {
      connections.remove(this);
      for (Socket socket : List.of(outside, inside)) {
        try {
          socket.setSoLinger(true, 0);
          socket.close();
        } catch (IOException e) {
          // Closed already.
        }
      }
    }

    private void pump(Socket from, Socket to, boolean up) {
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[16 * 1024];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
          if (up) {
            out.write(heads.take(Arrays.copyOf(buffer, length)));
          } else if (isOut(latest.client)) {
            throw new IOException("the answer is lost");
          } else {
            out.write(buffer, 0, length);
          }
        }
        to.shutdownOutput();
        closeAfterBoth();
      } catch (IOException e) {
        reset(); // one end was reset or left: the other learns of it the same way
      }
    }

    private void closeAfterBoth() throws IOException {
      synchronized (this) {
        if (!halfClosed) {
          halfClosed = true;
          return;
        }
      }
      connections.remove(this);
      outside.close();
      inside.close();
    }

    private boolean passes(String head) {
      Matcher request = TARGET.matcher(head);
      String target = request.find() ? request.group(2) : "";
      Matcher name = NAME.matcher(target);
      latest = new Request(name.find() ? name.group(1) : "", STREAM.matcher(head).find());
      Matcher cut = CUT.matcher(target);
      if (!head.startsWith("POST ") || !cut.matches()) {
        return true;
      }
      Cut done = cut(cut.group(1));
      answer("{\"connections\":%d,\"streams\":%d}".formatted(done.connections(), done.streams()));
      return false;
    }

    /** A client that waits for an answer before its next request is not being written to. */
    private void answer(String json) {
      String response =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: "
              + json.length()
              + "\r\n\r\n"
              + json;
      try {
        outside.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        reset();
      }
    }
  }
}
