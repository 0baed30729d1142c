package dev.ssebridge.testkit;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on 127.0.0.1 that breaks connections on purpose, exactly where a test says or at
 * random from a seed.
 *
 * <pre>{@code
 * try (ChaosProxy proxy = ChaosProxy.to(server.uri()).start()) {
 *   client.connect(proxy.via(server.uri("chat")));
 *   proxy.apply(new Fault.After(Direction.TO_CLIENT, 100, new Fault.Reset()));
 * }
 * }</pre>
 *
 * <p>It passes on what the ends do as well: an end that closes in order ends one direction for the
 * other, an end that resets has the other reset. One thread serves any number of connections.
 *
 * <p><b>Threading:</b> safe for concurrent use; what a method says has happened when it returns.
 * Predicates run on the proxy's thread: they must not block.
 */
public final class ChaosProxy implements AutoCloseable {
  /**
   * What the proxy has done since it started.
   *
   * @param accepted connections taken from clients
   * @param unreachable connections reset because the server could not be reached
   * @param requests heads of requests seen
   * @param resets {@link Fault.Reset}s
   * @param closes {@link Fault.Close}s
   * @param halfCloses {@link Fault.HalfClose}s
   * @param stalls {@link Fault.Stall}s and {@link Fault.BlackHole}s
   * @param delays {@link Fault.Delay}s
   * @param bytesToClient bytes forwarded to clients
   * @param bytesToServer bytes forwarded to the server
   */
  public record Counts(
      long accepted,
      long unreachable,
      long requests,
      long resets,
      long closes,
      long halfCloses,
      long stalls,
      long delays,
      long bytesToClient,
      long bytesToServer) {
    /** Faults of every kind. */
    public long faults() {
      return resets + closes + halfCloses + stalls + delays;
    }
  }

  /** Collects the settings of a proxy. Not safe for concurrent use. */
  public static final class Builder {
    private final InetSocketAddress server;
    private int port;
    private int socketBuffers;
    private Duration silence = Duration.ofSeconds(10);
    private LongSupplier nanoTime = System::nanoTime;

    private Builder(InetSocketAddress server) {
      this.server = server;
    }

    /** Listens on this port; default 0, a free one. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /**
     * The kernel's buffers for each socket of the proxy, in bytes; default 0, the kernel's choice,
     * which grows to megabytes. Small buffers let a sender feel a stall soon.
     */
    public Builder socketBuffers(int bytes) {
      socketBuffers = bytes;
      return this;
    }

    /**
     * How long a connection is kept that a {@link Fault.Stall} or {@link Fault.BlackHole} at random
     * has silenced; default 10 s. Then it is reset, as a router forgets one: its ends may long have
     * gone without a word, and would cost two sockets each for ever.
     */
    public Builder silence(Duration time) {
      silence = time;
      return this;
    }

    /**
     * The time, in nanoseconds, by which delays and lives are measured; default {@link
     * System#nanoTime}. After moving a clock by hand call {@link ChaosProxy#tick()}.
     */
    public Builder clock(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      return this;
    }

    /**
     * Opens the port and starts the proxy.
     *
     * @throws UncheckedIOException if the port is taken
     */
    public ChaosProxy start() {
      try {
        return new ChaosProxy(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private record Rule(Predicate<String> head, Fault fault, boolean once) {}

  private record Alarm(long due, Link link) {}

  private record Expected(Predicate<String> head, CompletableFuture<ProxiedConnection> seen) {}

  private record Unleashed(Chaos chaos, long seed) {}

  /** Bytes on their way, forwarded when they are due. */
  private record Piece(long due, ByteBuffer bytes) {}

  /** What strikes when a pipe has forwarded so many bytes; drawn at random or asked for. */
  private record Limit(long at, Fault fault, boolean drawn) {}

  /** What another thread asks of the proxy's thread, and waits for. */
  private static final class Command<T> {
    private final Callable<T> action;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Runnable outcome = () -> {};

    Command(Callable<T> action) {
      this.action = action;
    }

    void run() {
      try {
        T value = action.call();
        outcome = () -> result.complete(value);
      } catch (Exception e) {
        outcome = () -> result.completeExceptionally(e);
      }
    }

    void release() {
      outcome.run();
    }

    T await() throws ExecutionException, InterruptedException {
      return result.get();
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.ssebridge.testkit");

  private static final Pattern HEAD_START =
      Pattern.compile("[A-Z]{3,16} [^ \\r\\n]+ HTTP/[12]\\.[0-9]\\r\\n");

  private final InetSocketAddress server;
  private final InetSocketAddress address;
  private final int socketBuffers;
  private final long silenceNanos;
  private final LongSupplier nanoTime;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Command<?>> commands = new ConcurrentLinkedQueue<>(); // one per caller
  private final ReentrantLock gate = new ReentrantLock(); // to add a command, or to end for good
  private volatile boolean closing;
  private volatile @Nullable Exception failure; // of a predicate; null: none
  private boolean ended; // guarded by gate

  // Everything below belongs to the thread of the proxy.
  private @Nullable ServerSocketChannel listener; // null: refusing
  private @Nullable SocketChannel placeholder; // bound, not listening: refuses, keeps the port
  private final Map<Long, Link> links = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();
  private final List<Expected> expected = new ArrayList<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong(Alarm::due));
  private final ByteBuffer input = ByteBuffer.allocateDirect(16 * 1024);
  private @Nullable Unleashed unleashed; // null: calm
  private long accepted;
  private long unreachable;
  private long requests;
  private long resets;
  private long closes;
  private long halfCloses;
  private long stalls;
  private long delays;
  private long bytesToClient;
  private long bytesToServer;

  private ChaosProxy(Builder builder) throws IOException {
    server = builder.server;
    socketBuffers = builder.socketBuffers;
    silenceNanos = builder.silence.toNanos();
    nanoTime = builder.nanoTime;
    selector = Selector.open();
    try {
      listener = listen(new InetSocketAddress(loopback(), builder.port));
      address = (InetSocketAddress) listener.getLocalAddress();
    } catch (IOException e) {
      selector.close();
      throw e;
    }
    thread = new Thread(this::serve, "chaos-proxy-" + address.getPort());
    thread.setDaemon(true);
    thread.start();
  }

  /** Begins a proxy to a port of 127.0.0.1. */
  public static Builder to(int port) {
    return new Builder(new InetSocketAddress(loopback(), port));
  }

  /** Begins a proxy to the host and port of an address. */
  public static Builder to(URI server) {
    return new Builder(new InetSocketAddress(server.getHost(), server.getPort()));
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** The port of the proxy; it stays the same while the proxy refuses connections. */
  public int port() {
    return address.getPort();
  }

  /** The same address by way of the proxy: scheme, path and query are kept. */
  public URI via(URI uri) {
    String rest = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    return URI.create(uri.getScheme() + "://127.0.0.1:" + port() + rest);
  }

  /** The connections that are open now, the oldest first. */
  public List<ProxiedConnection> connections() {
    return call(() -> List.copyOf(links.values()));
  }

  /** The open connections whose latest request has a head that the predicate accepts. */
  public List<ProxiedConnection> connections(Predicate<String> head) {
    return call(() -> List.copyOf(matching(head)));
  }

  /**
   * Does something to every open connection.
   *
   * @return how many there were
   */
  public int apply(Fault fault) {
    return apply(fault, head -> true);
  }

  /**
   * Does something to the open connections whose latest request has a head that the predicate
   * accepts, such as {@code head -> head.startsWith("GET /chat ")}.
   *
   * @return how many there were
   */
  public int apply(Fault fault, Predicate<String> head) {
    return call(
        () -> {
          List<Link> matching = matching(head);
          matching.forEach(link -> link.strikeAndMove(fault));
          return matching.size();
        });
  }

  /** Does something to the next request that the predicate accepts, before it is forwarded. */
  public void applyToNext(Predicate<String> head, Fault fault) {
    run(() -> rules.add(new Rule(head, fault, true)));
  }

  /** Does something to every request that the predicate accepts, before it is forwarded. */
  public void applyToEach(Predicate<String> head, Fault fault) {
    run(() -> rules.add(new Rule(head, fault, false)));
  }

  /** Forgets what was to be done to requests to come. */
  public void disarm() {
    run(rules::clear);
  }

  /** {@linkplain ProxiedConnection#resume() Resumes} every open connection. */
  public void resume() {
    run(() -> List.copyOf(links.values()).forEach(Link::proceed));
  }

  /** Strikes open and new connections at random until {@link #calm()}. */
  public void unleash(Chaos chaos, long seed) {
    run(
        () -> {
          unleashed = new Unleashed(chaos, seed);
          List.copyOf(links.values()).forEach(Link::drawFate);
        });
  }

  /** Ends the faults at random; what has been done stays done. */
  public void calm() {
    run(
        () -> {
          unleashed = null;
          links.values().forEach(Link::forgetFate);
        });
  }

  /** Refuses new connections, as a machine does where nobody listens; open ones go on. */
  public void refuse() {
    run(this::stopListening);
  }

  /** Takes connections again, on the same port. */
  public void accept() {
    run(this::startListening);
  }

  /** The server goes down: every connection is reset and new ones are refused. */
  public void down() {
    run(
        () -> {
          stopListening();
          List.copyOf(links.values()).forEach(link -> link.strikeAndMove(new Fault.Reset()));
        });
  }

  /** The server is up again, on the same port. */
  public void up() {
    accept();
  }

  /** Looks at the clock: what is due by now happens before this returns. */
  public void tick() {
    run(this::ringAlarms);
  }

  /**
   * Waits until there is an open connection whose latest request the predicate accepts.
   *
   * @throws TimeoutException if none came in time
   * @throws InterruptedException if interrupted while waiting
   */
  public ProxiedConnection awaitRequest(Predicate<String> head, Duration within)
      throws TimeoutException, InterruptedException {
    CompletableFuture<ProxiedConnection> seen = new CompletableFuture<>();
    run(
        () -> {
          List<Link> matching = matching(head);
          if (matching.isEmpty()) {
            expected.add(new Expected(head, seen));
          } else {
            seen.complete(matching.get(0));
          }
        });
    try {
      return seen.get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      run(() -> expected.removeIf(each -> each.seen() == seen));
    }
  }

  /** What the proxy has done so far; also after it was closed. */
  public Counts counts() {
    return call(this::count);
  }

  /** Resets every connection and frees the port. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the thread ends by itself
    }
  }

  private Counts count() {
    return new Counts(
        accepted,
        unreachable,
        requests,
        resets,
        closes,
        halfCloses,
        stalls,
        delays,
        bytesToClient,
        bytesToServer);
  }

  // --- the thread of the proxy, and how others reach it

  private void run(Runnable command) {
    call(
        () -> {
          command.run();
          return true;
        });
  }

  private <T> T call(Callable<T> action) {
    Command<T> command = new Command<>(action);
    if (Thread.currentThread() == thread) {
      command.run();
      command.release();
    } else {
      gate.lock();
      try {
        if (ended && failure != null) {
          throw new IllegalStateException("the proxy has failed", failure);
        } else if (ended) {
          command.run(); // nobody else touches the state any more, and the gate is ours
          command.release();
        } else {
          commands.add(command);
        }
      } finally {
        gate.unlock();
      }
      selector.wakeup();
    }
    try {
      return command.await();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the proxy worked", e);
    }
  }

  private void serve() {
    try {
      while (!closing) {
        long millis = millisToNextAlarm();
        if (millis == 0) {
          selector.selectNow();
        } else if (millis < 0) {
          selector.select();
        } else {
          selector.select(millis);
        }
        serveReadyKeys();
        ringAlarms();
        runCommands();
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
      LOG.log(System.Logger.Level.ERROR, "the proxy has failed: " + thread.getName(), e);
    } finally {
      end();
    }
  }

  private void end() {
    List.copyOf(links.values()).forEach(Link::abort);
    closeQuietly(listener);
    closeQuietly(placeholder);
    closeQuietly(selector); // and with it every channel that was registered
    gate.lock();
    try {
      ended = true;
      for (Command<?> left = commands.poll(); left != null; left = commands.poll()) {
        left.run();
        left.release();
      }
    } finally {
      gate.unlock();
    }
  }

  private void runCommands() throws IOException {
    List<Command<?>> done = new ArrayList<>();
    for (Command<?> next = commands.poll(); next != null; next = commands.poll()) {
      next.run();
      done.add(next);
    }
    if (!done.isEmpty()) {
      // A closed channel is closed for the kernel when the selector has let go of it: only then
      // has what was asked for happened.
      selector.selectNow();
      done.forEach(Command::release);
    }
  }

  private void serveReadyKeys() throws IOException {
    List<SelectionKey> ready = List.copyOf(selector.selectedKeys());
    selector.selectedKeys().clear();
    for (SelectionKey key : ready) {
      if (!key.isValid()) {
        continue; // closed by a key before it
      }
      if (key.attachment() instanceof Link link) {
        link.ready();
      } else {
        acceptAll();
      }
    }
  }

  private void acceptAll() throws IOException {
    ServerSocketChannel from = listener;
    SocketChannel client = from == null ? null : from.accept();
    while (from != null && client != null) {
      accepted++;
      Link link = new Link(accepted, client);
      links.put(link.number, link);
      link.connect();
      client = from.accept();
    }
  }

  private long millisToNextAlarm() {
    Alarm next = alarms.peek();
    if (next == null) {
      return -1;
    }
    long nanos = next.due() - nanoTime.getAsLong();
    return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
  }

  private void ringAlarms() {
    long now = nanoTime.getAsLong();
    for (Alarm next = alarms.peek(); next != null && next.due() <= now; next = alarms.peek()) {
      alarms.remove();
      next.link().alarm(now);
    }
  }

  private ServerSocketChannel listen(InetSocketAddress at) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      if (socketBuffers > 0) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, socketBuffers);
      }
      channel.bind(at, 1024);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_ACCEPT);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void stopListening() {
    if (listener != null) {
      try {
        listener.close();
        listener = null;
        selector.selectNow(); // lets go of the port
        placeholder = SocketChannel.open();
        placeholder.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        placeholder.bind(address);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void startListening() {
    if (listener == null) {
      try {
        closeQuietly(placeholder);
        placeholder = null;
        listener = listen(address);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private List<Link> matching(Predicate<String> head) {
    return links.values().stream().filter(link -> head.test(link.head)).toList();
  }

  private void requestArrived(Link link) {
    requests++;
    for (Rule rule : List.copyOf(rules)) {
      if (rule.head().test(link.head) && (!rule.once() || rules.remove(rule))) {
        link.strike(rule.fault());
      }
    }
    expected.removeIf(each -> each.head().test(link.head) && each.seen().complete(link));
  }

  private static void closeQuietly(@Nullable Closeable closeable) {
    if (closeable != null) {
      try {
        closeable.close();
      } catch (IOException e) {
        // it is gone either way
      }
    }
  }

  /** Two sockets and the two pipes between them. Belongs to the thread of the proxy. */
  private final class Link implements ProxiedConnection {
    private final long number;
    private final SocketChannel client;
    private @Nullable SocketChannel origin; // null until connect
    private final Pipe toClient = new Pipe(this, Direction.TO_CLIENT);
    private final Pipe toServer = new Pipe(this, Direction.TO_SERVER);
    private boolean connected;
    private boolean deaf; // a black hole: neither end's end is passed on
    private @Nullable SplittableRandom random; // null: calm
    private long lifeEnds = Long.MAX_VALUE;
    private @Nullable Fault fateAfterLife; // null: no life measured
    private long silentUntil = Long.MAX_VALUE; // when it is forgotten; only where it is silenced
    private volatile String head = "";
    private volatile boolean open = true;

    Link(long number, SocketChannel client) {
      this.number = number;
      this.client = client;
    }

    void connect() {
      try {
        prepare(client);
        origin = SocketChannel.open();
        prepare(origin);
        connected = origin.connect(server);
        drawFate();
        update();
      } catch (IOException e) {
        unreachable++;
        abort();
      }
    }

    private void prepare(SocketChannel channel) throws IOException {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (socketBuffers > 0) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, socketBuffers);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, socketBuffers);
      }
      channel.register(selector, 0, this);
    }

    void ready() {
      SocketChannel to = origin;
      if (to == null || !open) {
        return;
      }
      if (!connected) {
        try {
          connected = to.finishConnect();
        } catch (IOException e) {
          unreachable++;
          abort();
          return;
        }
      }
      move();
    }

    void move() {
      SocketChannel to = origin;
      if (to == null || !open) {
        return;
      }
      try {
        toServer.read(client);
        if (open && connected) {
          toServer.write(to);
        }
        if (open && connected) {
          toClient.read(to);
        }
        if (open) {
          toClient.write(client);
        }
        if (open && connected) {
          toServer.write(to); // what the other direction has met may concern this one
        }
        if (open && toClient.ended && toServer.ended) {
          finish();
        }
        update();
      } catch (IOException e) {
        abort(); // one end has reset: so has the other
      }
    }

    private void update() {
      SocketChannel to = origin;
      if (open && to != null) {
        interest(client, toServer.wantsMore(), toClient.blocked);
        if (connected) {
          interest(to, toClient.wantsMore(), toServer.blocked);
        } else {
          key(to).interestOps(SelectionKey.OP_CONNECT);
        }
      }
    }

    private void interest(SocketChannel channel, boolean read, boolean write) {
      key(channel)
          .interestOps(
              deaf ? 0 : (read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0));
    }

    private SelectionKey key(SocketChannel channel) {
      return Objects.requireNonNull(channel.keyFor(selector));
    }

    void strike(Fault fault) {
      if (!open) {
        return;
      }
      if (fault instanceof Fault.Reset) {
        resets++;
        abort();
      } else if (fault instanceof Fault.Close) {
        closes++;
        finish();
      } else if (fault instanceof Fault.HalfClose half) {
        halfCloses++;
        pipe(half.direction()).cut = true;
      } else if (fault instanceof Fault.Stall stall) {
        stalls++;
        pipe(stall.direction()).stalled = true;
      } else if (fault instanceof Fault.BlackHole) {
        stalls++;
        deaf = true;
        toClient.stalled = true;
        toServer.stalled = true;
      } else if (fault instanceof Fault.Delay delay) {
        delays++;
        pipe(delay.direction()).delayNanos = delay.by().toNanos();
      } else if (fault instanceof Fault.After after) {
        Pipe pipe = pipe(after.direction());
        pipe.limits.add(new Limit(pipe.forwarded + after.bytes(), after.then(), false));
      }
    }

    /** Strikes and lets what follows from it follow, for callers outside of {@link #move}. */
    void strikeAndMove(Fault fault) {
      strike(fault);
      move();
    }

    void proceed() {
      deaf = false;
      silentUntil = Long.MAX_VALUE;
      toClient.proceed();
      toServer.proceed();
      move();
    }

    void alarm(long now) {
      if (open && now >= silentUntil) {
        abort();
      }
      Fault fate = fateAfterLife;
      if (open && fate != null && now >= lifeEnds) {
        meet(fate);
      }
      move();
    }

    /** Strikes with what was drawn, and draws anew if the connection has survived it. */
    void meet(Fault fate) {
      forgetFate();
      strike(fate);
      if (open && (toClient.stalled || toServer.stalled)) {
        silentUntil = nanoTime.getAsLong() + silenceNanos;
        alarms.add(new Alarm(silentUntil, this));
      } else if (open) {
        drawNext();
      }
    }

    void drawFate() {
      forgetFate();
      Unleashed by = unleashed;
      random = by == null ? null : new SplittableRandom(by.seed() * 1_000_003 + number);
      drawNext();
    }

    private void drawNext() {
      Unleashed by = unleashed;
      SplittableRandom from = random;
      if (by == null || from == null) {
        return;
      }
      Chaos chaos = by.chaos();
      // Always the same number of draws: what a connection meets depends on seed and number only.
      long bytesToClient = exponential(from, chaos.meanBytesToClient());
      long bytesToServer = exponential(from, chaos.meanBytesToServer());
      long life = exponential(from, chaos.meanLife().toNanos());
      Fault fault = chaos.faults().get(from.nextInt(chaos.faults().size()));
      if (chaos.meanBytesToClient() > 0) {
        toClient.limits.add(new Limit(toClient.forwarded + bytesToClient, fault, true));
      }
      if (chaos.meanBytesToServer() > 0) {
        toServer.limits.add(new Limit(toServer.forwarded + bytesToServer, fault, true));
      }
      if (!chaos.meanLife().isZero()) {
        lifeEnds = nanoTime.getAsLong() + life;
        fateAfterLife = fault;
        alarms.add(new Alarm(lifeEnds, this));
      }
    }

    private static long exponential(SplittableRandom random, long mean) {
      return 1 + (long) (-mean * Math.log(1 - random.nextDouble()));
    }

    void forgetFate() {
      toClient.limits.removeIf(Limit::drawn);
      toServer.limits.removeIf(Limit::drawn);
      fateAfterLife = null;
      lifeEnds = Long.MAX_VALUE;
    }

    /** Ends both sides with a reset. */
    void abort() {
      end(true);
    }

    /** Ends both sides in order. */
    void finish() {
      end(false);
    }

    private void end(boolean reset) {
      open = false;
      links.remove(number);
      for (SocketChannel each : origin == null ? List.of(client) : List.of(client, origin)) {
        try {
          if (reset) {
            each.setOption(StandardSocketOptions.SO_LINGER, 0);
          } else if (each == client) {
            dropUnread();
          }
        } catch (IOException e) {
          // the peer was faster
        } finally {
          closeQuietly(each);
        }
      }
    }

    /** To close with bytes unread is to reset, for the kernel. */
    private void dropUnread() throws IOException {
      for (int reads = 0; reads < 64; reads++) {
        input.clear();
        if (client.read(input) <= 0) {
          return;
        }
      }
    }

    private Pipe pipe(Direction direction) {
      return direction == Direction.TO_CLIENT ? toClient : toServer;
    }

    @Override
    public long number() {
      return number;
    }

    @Override
    public String head() {
      return head;
    }

    @Override
    public long bytes(Direction direction) {
      return pipe(direction).forwarded;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void apply(Fault fault) {
      ChaosProxy.this.run(() -> strikeAndMove(fault));
    }

    @Override
    public void resume() {
      ChaosProxy.this.run(this::proceed);
    }

    @Override
    public String toString() {
      return "connection " + number + (open ? "" : " (ended)") + " " + head.lines().findFirst();
    }
  }

  /** One direction of a link. Belongs to the thread of the proxy. */
  private final class Pipe {
    private static final int MAX_QUEUED = 64 * 1024;
    private static final int MAX_HEAD = 16 * 1024;

    private final Link link;
    private final Direction direction;
    private final ArrayDeque<Piece> queue = new ArrayDeque<>();
    private final List<Limit> limits = new ArrayList<>();
    private final ByteArrayOutputStream partialHead = new ByteArrayOutputStream();
    private int queued;
    private boolean stalled;
    private long delayNanos;
    private boolean sourceEnded;
    private long endDue;
    private boolean cut; // no more is forwarded; what still arrives is thrown away
    private boolean ended; // the sink has been told the end
    private boolean blocked; // the sink takes no more for now
    private volatile long forwarded; // written by the proxy's thread alone

    Pipe(Link link, Direction direction) {
      this.link = link;
      this.direction = direction;
    }

    boolean wantsMore() {
      return !stalled && !sourceEnded && queued < MAX_QUEUED;
    }

    void proceed() {
      stalled = false;
      delayNanos = 0;
      limits.removeIf(limit -> !limit.drawn());
      long now = nanoTime.getAsLong();
      endDue = now;
      for (int left = queue.size(); left > 0; left--) {
        queue.add(new Piece(now, queue.remove().bytes()));
      }
    }

    void read(SocketChannel source) throws IOException {
      while (link.open && wantsMore()) {
        input.clear();
        int count = source.read(input);
        if (count == 0) {
          return;
        }
        long due = nanoTime.getAsLong() + delayNanos;
        if (count < 0) {
          sourceEnded = true;
          endDue = due;
          enqueue(partialHead.toByteArray(), due);
          partialHead.reset();
        } else if (!cut) {
          byte[] bytes = new byte[count];
          input.flip().get(bytes);
          take(bytes);
        } else {
          return; // one at a time: it might never end
        }
        if (delayNanos > 0) {
          alarms.add(new Alarm(due, link));
        }
      }
    }

    private void take(byte[] bytes) {
      if (direction == Direction.TO_CLIENT) {
        enqueue(bytes, nanoTime.getAsLong() + delayNanos);
        return;
      }
      // A head is held back until it is complete, so that a fault can strike before it.
      partialHead.writeBytes(bytes);
      byte[] held = partialHead.toByteArray();
      String text = new String(held, StandardCharsets.ISO_8859_1);
      boolean mayBeHead = HEAD_START.matcher(text).lookingAt() && held.length < MAX_HEAD;
      int end = mayBeHead ? text.indexOf("\r\n\r\n") : -1;
      if (mayBeHead && end < 0) {
        return;
      }
      partialHead.reset();
      if (end >= 0) {
        link.head = text.substring(0, end + 2);
        requestArrived(link);
      }
      enqueue(held, nanoTime.getAsLong() + delayNanos);
    }

    private void enqueue(byte[] bytes, long due) {
      if (bytes.length > 0 && link.open) {
        queue.add(new Piece(due, ByteBuffer.wrap(bytes)));
        queued += bytes.length;
      }
    }

    void write(SocketChannel sink) throws IOException {
      blocked = false;
      long now = nanoTime.getAsLong();
      meetLimits();
      while (link.open && !stalled && !cut && !ended && !blocked && !queue.isEmpty()) {
        Piece piece = queue.element();
        if (piece.due() > now) {
          return;
        }
        int allowed = (int) Math.min(piece.bytes().remaining(), bytesToLimit());
        ByteBuffer slice = piece.bytes().slice().limit(allowed);
        int count = sink.write(slice);
        blocked = count < allowed;
        piece.bytes().position(piece.bytes().position() + count);
        queued -= count;
        count(count);
        if (!piece.bytes().hasRemaining()) {
          queue.remove();
        }
        meetLimits();
      }
      if (!link.open || stalled) {
        return;
      }
      if (cut) {
        queue.clear();
        queued = 0;
      }
      boolean over = cut || (sourceEnded && queue.isEmpty() && endDue <= now);
      if (over && !ended) {
        ended = true;
        sink.shutdownOutput();
      }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void count(int count) {
      forwarded += count;
      if (direction == Direction.TO_CLIENT) {
        bytesToClient += count;
      } else {
        bytesToServer += count;
      }
    }

    private long bytesToLimit() {
      long nearest = Long.MAX_VALUE;
      for (Limit limit : limits) {
        nearest = Math.min(nearest, limit.at() - forwarded);
      }
      return nearest;
    }

    private void meetLimits() {
      for (Limit limit : List.copyOf(limits)) {
        if (link.open && limit.at() <= forwarded && limits.remove(limit)) {
          if (limit.drawn()) {
            link.meet(limit.fault());
          } else {
            link.strike(limit.fault());
          }
        }
      }
    }
  }
}
