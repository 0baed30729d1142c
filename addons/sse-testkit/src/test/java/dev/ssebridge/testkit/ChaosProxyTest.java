package dev.ssebridge.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ChaosProxyTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final List<Socket> clients = new ArrayList<>();
  private TestServer server;
  private ChaosProxy proxy;

  /** Both ends of a connection through the proxy. */
  private record Pair(Socket client, Socket server, ProxiedConnection connection) {}

  @BeforeEach
  void start() throws IOException {
    server = new TestServer();
    proxy = ChaosProxy.to(server.port()).start();
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    proxy.close();
    server.close();
  }

  private Socket client() throws IOException {
    Socket client = new Socket("127.0.0.1", proxy.port());
    client.setSoTimeout(10_000);
    clients.add(client);
    return client;
  }

  private Pair connect() throws Exception {
    Socket client = client();
    Socket accepted = server.next();
    List<ProxiedConnection> all = proxy.connections();
    return new Pair(client, accepted, all.get(all.size() - 1));
  }

  private static void send(Socket from, String text) throws IOException {
    from.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static String receive(Socket at, int count) throws IOException {
    return new String(at.getInputStream().readNBytes(count), US_ASCII);
  }

  private static void assertReset(Socket at) {
    assertThrows(SocketException.class, () -> at.getInputStream().readAllBytes());
  }

  private static void assertNothingYet(Socket at) throws IOException {
    at.setSoTimeout(30);
    assertThrows(SocketTimeoutException.class, () -> at.getInputStream().read());
    at.setSoTimeout(10_000);
  }

  @Test
  void passesOnBothWaysAndBothEnds() throws Exception {
    Pair pair = connect();

    send(pair.client(), "question");
    assertEquals("question", receive(pair.server(), 8));
    send(pair.server(), "answer");
    assertEquals("answer", receive(pair.client(), 6));
    pair.client().shutdownOutput();
    assertEquals("", receive(pair.server(), 1));
    send(pair.server(), "last");
    pair.server().close();
    assertEquals("last", new String(pair.client().getInputStream().readAllBytes(), US_ASCII));

    assertEquals(8, pair.connection().bytes(Direction.TO_SERVER));
    assertEquals(10, pair.connection().bytes(Direction.TO_CLIENT));
    assertEquals(0, proxy.counts().faults());
  }

  @Test
  void passesOnMoreThanItHolds() throws Exception {
    Pair pair = connect();
    byte[] much = new byte[5_000_000];
    for (int i = 0; i < much.length; i++) {
      much[i] = (byte) (i * 31 + i / 251);
    }
    Thread writer =
        new Thread(
            () -> {
              try {
                pair.server().getOutputStream().write(much);
                pair.server().close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    writer.start();

    assertArrayEquals(much, pair.client().getInputStream().readAllBytes());
    writer.join();
  }

  @Test
  void aResetOfOneEndReachesTheOther() throws Exception {
    Pair one = connect();
    one.client().setSoLinger(true, 0);
    one.client().close();
    assertReset(one.server());

    Pair other = connect();
    other.server().setSoLinger(true, 0);
    other.server().close();
    assertReset(other.client());
  }

  @Test
  void resetReachesBothEnds() throws Exception {
    Pair pair = connect();

    assertEquals(1, proxy.apply(new Fault.Reset()));

    assertReset(pair.client());
    assertReset(pair.server());
    assertFalse(pair.connection().isOpen());
    assertEquals(1, proxy.counts().resets());
    assertEquals(0, proxy.apply(new Fault.Reset()));
  }

  @Test
  void closeEndsBothEndsInOrder() throws Exception {
    Pair pair = connect();

    pair.connection().apply(new Fault.Close());

    assertEquals(-1, pair.client().getInputStream().read());
    assertEquals(-1, pair.server().getInputStream().read());
    assertEquals(1, proxy.counts().closes());
  }

  @Test
  void halfCloseEndsOneDirectionOnly() throws Exception {
    Pair pair = connect();

    pair.connection().apply(new Fault.HalfClose(Direction.TO_CLIENT));

    assertEquals(-1, pair.client().getInputStream().read());
    send(pair.server(), "into the void");
    send(pair.client(), "still here");
    assertEquals("still here", receive(pair.server(), 10));
    assertTrue(pair.connection().isOpen());
    pair.client().close();
    assertEquals(-1, pair.server().getInputStream().read());
    assertEquals(0, pair.connection().bytes(Direction.TO_CLIENT));
  }

  @Test
  void stallHoldsOneDirectionUntilResumed() throws Exception {
    Pair pair = connect();

    pair.connection().apply(new Fault.Stall(Direction.TO_CLIENT));

    send(pair.server(), "late");
    send(pair.client(), "in time");
    assertEquals("in time", receive(pair.server(), 7));
    assertNothingYet(pair.client());
    pair.connection().resume();
    assertEquals("late", receive(pair.client(), 4));
  }

  @Test
  void stalledSenderMeetsFullBuffers() throws Exception {
    try (ChaosProxy narrow = ChaosProxy.to(server.port()).socketBuffers(4096).start();
        Socket client = new Socket("127.0.0.1", narrow.port());
        Socket accepted = server.next()) {
      accepted.setSendBufferSize(4096);
      narrow.apply(new Fault.Stall(Direction.TO_CLIENT));
      AtomicLong written = new AtomicLong();
      Thread writer =
          new Thread(
              () -> {
                try {
                  while (true) {
                    accepted.getOutputStream().write(new byte[1024]);
                    written.addAndGet(1024);
                  }
                } catch (IOException over) {
                  // the reset below
                }
              });
      writer.start();
      assertNothingYet(client);
      assertTrue(written.get() < 100_000, "the sender got rid of " + written.get());
      narrow.apply(new Fault.Reset());
      writer.join();
    }
  }

  @Test
  void blackHoleTellsNeitherEnd() throws Exception {
    Pair pair = connect();

    pair.connection().apply(new Fault.BlackHole());
    pair.client().setSoLinger(true, 0);
    pair.client().close();

    assertNothingYet(pair.server());
    pair.connection().resume();
    assertReset(pair.server());
  }

  @Test
  void delayIsMeasuredByTheClock() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (ChaosProxy timed = ChaosProxy.to(server.port()).clock(nanos::get).start();
        Socket client = new Socket("127.0.0.1", timed.port());
        Socket accepted = server.next()) {
      timed.apply(new Fault.Delay(Direction.TO_CLIENT, Duration.ofHours(1)));
      send(accepted, "news");
      assertNothingYet(client);
      nanos.addAndGet(Duration.ofMinutes(61).toNanos());
      timed.tick();
      client.setSoTimeout(10_000);
      assertEquals("news", receive(client, 4));
    }
  }

  @Test
  void cutsAfterExactlySoManyBytes() throws Exception {
    Pair pair = connect();
    send(pair.server(), "first ");
    assertEquals("first ", receive(pair.client(), 6));

    pair.connection().apply(new Fault.After(Direction.TO_CLIENT, 9, new Fault.Close()));

    send(pair.server(), "data: 1\n\ndata: 2\n\n");
    assertEquals(
        "data: 1\n\n", new String(pair.client().getInputStream().readAllBytes(), US_ASCII));
  }

  @Test
  void resetsAfterSoManyBytes() throws Exception {
    Pair pair = connect();
    pair.connection().apply(new Fault.After(Direction.TO_CLIENT, 4, new Fault.Reset()));

    send(pair.server(), "data: 1\n\n");

    InputStream in = pair.client().getInputStream();
    assertThrows(
        SocketException.class,
        () -> {
          for (int read = 0; read <= 4; read++) {
            assertTrue(in.read() >= 0, "an end in order");
          }
          throw new AssertionError("more than four bytes");
        });
    assertReset(pair.server());
  }

  @Test
  void zeroBytesMoreIsAtOnce() throws Exception {
    Pair pair = connect();

    pair.connection().apply(new Fault.After(Direction.TO_CLIENT, 0, new Fault.Close()));

    assertEquals(-1, pair.client().getInputStream().read());
  }

  @Test
  void strikesTheNextMatchingRequestBeforeTheServerSeesIt() throws Exception {
    proxy.applyToNext(head -> head.startsWith("POST "), new Fault.Reset());
    Pair get = connect();
    send(get.client(), "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    assertEquals("GET /a", receive(get.server(), 6));

    Pair post = connect();
    send(post.client(), "POST /a HTTP/1.1\r\n");
    send(post.client(), "Host: x\r\n\r\nbody");
    assertReset(post.client());
    assertReset(post.server());

    Pair again = connect();
    send(again.client(), "POST /a HTTP/1.1\r\n\r\n");
    assertEquals("POST /a", receive(again.server(), 7));
    assertEquals(3, proxy.counts().requests());
    assertEquals(1, proxy.counts().resets());
  }

  @Test
  void seesEachRequestOfAConnection() throws Exception {
    Pair pair = connect();
    send(pair.client(), "POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
    ProxiedConnection seen = proxy.awaitRequest(head -> head.startsWith("POST "), SOON);
    assertEquals("POST /a HTTP/1.1\r\nContent-Length: 4\r\n", seen.head());
    assertEquals(43, receive(pair.server(), 43).length());

    send(pair.client(), "GET /b HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n");

    assertEquals(seen, proxy.awaitRequest(head -> head.contains("text/event-stream"), SOON));
    assertEquals(0, proxy.apply(new Fault.Reset(), head -> head.startsWith("POST ")));
    assertEquals(1, proxy.apply(new Fault.Reset(), head -> head.startsWith("GET ")));
    assertThrows(
        TimeoutException.class, () -> proxy.awaitRequest(head -> true, Duration.ofMillis(10)));
  }

  @Test
  void refusesAndAcceptsAgainOnTheSamePort() throws Exception {
    Pair open = connect();
    int port = proxy.port();

    proxy.refuse();

    assertThrows(ConnectException.class, () -> new Socket("127.0.0.1", port).close());
    send(open.client(), "go on");
    assertEquals("go on", receive(open.server(), 5));
    proxy.accept();
    connect();
    assertEquals(2, proxy.counts().accepted());
  }

  @Test
  void goesDownAndUp() throws Exception {
    Pair pair = connect();

    for (int i = 0; i < 20; i++) {
      proxy.down();
      assertReset(pair.client());
      assertThrows(ConnectException.class, this::client);
      proxy.up();
      pair = connect();
      send(pair.client(), "again");
      assertEquals("again", receive(pair.server(), 5));
    }
  }

  @Test
  void resetsTheClientWhereTheServerIsGone() throws Exception {
    int gone;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      gone = free.getLocalPort();
    }
    try (ChaosProxy nowhere = ChaosProxy.to(gone).start();
        Socket client = new Socket("127.0.0.1", nowhere.port())) {
      client.setSoTimeout(10_000);
      assertReset(client);
      assertEquals(1, nowhere.counts().unreachable());
    }
  }

  @Test
  void theSameSeedCutsAtTheSameBytes() throws Exception {
    List<Long> first = cuts(7);

    assertEquals(first, cuts(7));
    assertFalse(first.equals(cuts(8)));
    double mean = first.stream().mapToLong(each -> each).average().orElseThrow();
    assertTrue(mean > 300 && mean < 3000, "mean " + mean);
  }

  private List<Long> cuts(long seed) throws Exception {
    List<Long> cuts = new ArrayList<>();
    try (ChaosProxy chaos = ChaosProxy.to(server.port()).start()) {
      chaos.unleash(new Chaos(1000, 0, Duration.ZERO, List.of(new Fault.Close())), seed);
      for (int i = 0; i < 40; i++) {
        try (Socket client = new Socket("127.0.0.1", chaos.port());
            Socket accepted = server.next()) {
          client.setSoTimeout(10_000);
          accepted.getOutputStream().write(new byte[64 * 1024]);
          cuts.add((long) client.getInputStream().readAllBytes().length);
        }
      }
      assertEquals(40, chaos.counts().closes());
    }
    return cuts;
  }

  @Test
  void chaosByTimeFollowsTheClockUntilCalm() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (ChaosProxy timed = ChaosProxy.to(server.port()).clock(nanos::get).start();
        Socket client = new Socket("127.0.0.1", timed.port());
        Socket accepted = server.next()) {
      timed.unleash(new Chaos(0, 0, Duration.ofMinutes(1), List.of(new Fault.Reset())), 1);
      timed.calm();
      nanos.addAndGet(Duration.ofDays(1).toNanos());
      timed.tick();
      assertEquals(1, timed.connections().size());

      timed.unleash(new Chaos(0, 0, Duration.ofMinutes(1), List.of(new Fault.Reset())), 1);
      nanos.addAndGet(Duration.ofDays(1).toNanos());
      timed.tick();
      assertEquals(0, timed.connections().size());
      assertReset(accepted);
    }
  }

  // 1. A connection is silenced.  2. Both ends give it up and close.  3. Nobody tells the proxy,
  // which kept two sockets
  // for each, until after some thousands it could accept no more.
  @Test
  void aConnectionThatChaosHasSilencedIsForgottenAfterAWhile() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (ChaosProxy timed =
            ChaosProxy.to(server.port()).clock(nanos::get).silence(Duration.ofMinutes(5)).start();
        Socket client = new Socket("127.0.0.1", timed.port());
        Socket accepted = server.next()) {
      timed.unleash(new Chaos(0, 0, Duration.ofMinutes(1), List.of(new Fault.BlackHole())), 1);
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      timed.tick();
      assertEquals(1, timed.counts().stalls());
      nanos.addAndGet(Duration.ofMinutes(4).toNanos());
      timed.tick();
      assertEquals(1, timed.connections().size());
      assertNothingYet(client);

      nanos.addAndGet(Duration.ofMinutes(1).toNanos());
      timed.tick();

      assertEquals(0, timed.connections().size());
      client.setSoTimeout(10_000);
      assertReset(client);
      assertReset(accepted);
      assertEquals(1, timed.counts().faults(), "no fault of its own");
    }
  }

  @Test
  void standsFiveHundredConnections() throws Exception {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Socket client = client();
      pairs.add(new Pair(client, server.next(), null));
    }
    assertEquals(500, proxy.connections().size());
    for (Pair pair : pairs) {
      send(pair.client(), "hello");
    }
    for (Pair pair : pairs) {
      assertEquals("hello", receive(pair.server(), 5));
      send(pair.server(), "world");
    }
    for (Pair pair : pairs) {
      assertEquals("world", receive(pair.client(), 5));
    }
    proxy.down();
    for (Pair pair : pairs) {
      assertReset(pair.client());
      assertReset(pair.server());
    }
    assertEquals(2500, proxy.counts().bytesToServer());
  }

  @Test
  void survivesEveryFaultAtOnce() throws Exception {
    List<Fault> faults = new ArrayList<>(List.of(new Fault.Reset(), new Fault.Close()));
    for (Direction direction : Direction.values()) {
      faults.add(new Fault.HalfClose(direction));
      faults.add(new Fault.Stall(direction));
      faults.add(new Fault.Delay(direction, Duration.ofMillis(1)));
      faults.add(new Fault.After(direction, 10, new Fault.Reset()));
    }
    faults.add(new Fault.BlackHole());
    proxy.unleash(new Chaos(2000, 200, Duration.ofMillis(50), faults), 42);
    ExecutorService pool = Executors.newCachedThreadPool();
    for (int i = 0; i < 100; i++) {
      Socket client = client();
      Socket accepted = server.next();
      for (Socket each : List.of(client, accepted)) {
        each.setSoTimeout(200);
        pool.execute(
            () -> {
              try {
                each.getOutputStream().write(new byte[20_000]);
                each.getInputStream().readAllBytes();
              } catch (IOException cutOrStalled) {
                // as drawn
              }
            });
      }
    }
    pool.shutdown();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS), "an end hangs");
    assertTrue(proxy.counts().faults() >= 100, proxy.counts()::toString);

    proxy.calm();
    proxy.down();
    proxy.up();
    assertEquals(0, proxy.connections().size());
    Pair pair = connect();
    send(pair.client(), "calm again");
    assertEquals("calm again", receive(pair.server(), 10));
  }

  @Test
  void closeFreesThePortAndKeepsTheCounts() throws Exception {
    Pair pair = connect();
    proxy.close();

    assertReset(pair.client());
    assertEquals(1, proxy.counts().accepted());
    assertEquals(List.of(), proxy.connections());
    assertThrows(ConnectException.class, this::client);
  }

  @Test
  void viaKeepsSchemePathAndQuery() {
    assertEquals(
        "ws://127.0.0.1:" + proxy.port() + "/chat/a%20b?x=1&y=%26",
        proxy.via(URI.create("ws://localhost:1/chat/a%20b?x=1&y=%26")).toString());
  }
}
