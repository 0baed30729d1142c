package dev.ssebridge.example.suite;

import dev.ssebridge.Cursor;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseEvent;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The client's side of docs/protocol.md §3, for text messages, over a network that breaks: resumes
 * by cursor, sends what was not acknowledged again, and takes a hole in either direction for a
 * failure.
 *
 * <p>Threading: safe for concurrent use; {@code onMessage} is called by one thread at a time.
 */
final class BridgeClient implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(1); // several heartbeats
  private static final int MAX_BATCH = 100;

  private final RawHttpClient http;
  private final String path;
  private final Consumer<String> onMessage;
  private final Thread reader;
  private final Thread sender;
  private final AtomicLong streams = new AtomicLong();
  private final AtomicLong posts = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // The rest is guarded by lock.
  private final Deque<Frame> unacknowledged = new ArrayDeque<>(); // events without their id
  private long acknowledged; // the number before the first of them
  private Cursor cursor; // null: no stream has begun yet
  private boolean over;
  private Throwable failure;

  /**
   * @param http to where; one connection for each request
   * @param path of the endpoint
   */
  BridgeClient(RawHttpClient http, String path, Consumer<String> onMessage) {
    this.http = http.withTimeout(SILENCE);
    this.path = path;
    this.onMessage = onMessage;
    reader = new Thread(() -> attempt(this::read), "bridge-client-reader");
    sender = new Thread(() -> attempt(this::write), "bridge-client-sender");
    reader.setDaemon(true);
    sender.setDaemon(true);
  }

  /** Opens the session. */
  void start() {
    reader.start();
    sender.start();
  }

  /** Sends a message some time, once and in order. */
  void send(String text) {
    enqueue(SseEvent.of(text));
  }

  /** Closes the session behind everything that was sent. */
  void sendClose() {
    enqueue(SseEvent.of("ws.close", "{\"code\":1000}"));
  }

  private void enqueue(SseEvent event) {
    lock.lock();
    try {
      unacknowledged.add(FrameEncoder.frame(event, null));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the session is closed; fails if a promise of the protocol's is broken. */
  void awaitClose(Duration within) throws InterruptedException {
    long left = within.toNanos();
    lock.lock();
    try {
      while (!over && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (failure != null || !over) {
        throw new AssertionError(path + (over ? " failed" : " is not closed in time"), failure);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many streams were opened, or tried. */
  long streams() {
    return streams.get();
  }

  /** How many POSTs were sent, or tried. */
  long posts() {
    return posts.get();
  }

  @Override
  public void close() {
    finish(null);
  }

  private interface Loop {
    void run() throws InterruptedException;
  }

  private void attempt(Loop loop) {
    try {
      loop.run();
    } catch (Throwable fault) {
      finish(fault);
    }
  }

  private void finish(Throwable why) {
    lock.lock();
    try {
      if (!over) {
        over = true;
        failure = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  private Cursor cursor() {
    lock.lock();
    try {
      return cursor;
    } finally {
      lock.unlock();
    }
  }

  /** Some milliseconds, so that a network that is down is not stormed. */
  private void pause() throws InterruptedException {
    lock.lock();
    try {
      if (!over) {
        var unused = changed.await(10, TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  // --- downstream

  private void read() throws InterruptedException {
    while (!isOver()) {
      Cursor last = cursor();
      streams.incrementAndGet();
      try (RawStream stream =
          last == null
              ? http.get(path, "Accept: text/event-stream")
              : http.get(path, "Accept: text/event-stream", "Last-Event-ID: " + last)) {
        if (stream.status() == 200) {
          follow(stream);
        } else if (!List.of(400, 404, 503).contains(stream.status())) { // cut off, or restarting
          throw new IllegalStateException("a GET was answered " + stream.status());
        }
      } catch (IOException cut) {
        // what the client is made for
      }
      pause();
    }
  }

  private void follow(RawStream stream) throws IOException {
    var parser = new EventStreamParser(1 << 20);
    byte[] buffer = new byte[4096];
    while (!isOver()) {
      int count = stream.read(buffer, SILENCE);
      if (count < 0) {
        return;
      }
      parser.feed(buffer, 0, count);
      for (var step = parser.next();
          step != EventStreamParser.Stop.NEEDS_INPUT;
          step = parser.next()) {
        if (step instanceof EventStreamParser.Event event) {
          take(event);
        }
      }
    }
  }

  private void take(EventStreamParser.Event event) {
    if (event.type().equals("sse.goaway")) {
      return; // has no id; the end of the stream follows
    }
    Cursor at = Cursor.parse(event.lastEventId()).orElseThrow();
    Cursor last = cursor();
    boolean open = event.type().equals("ws.open");
    Cursor due =
        last == null
            ? new Cursor(at.epoch(), 0)
            : new Cursor(last.epoch(), last.offset() + (open ? 0 : 1));
    if (!at.equals(due)) {
      throw new IllegalStateException(event.type() + " at " + at + ", not at " + due);
    }
    lock.lock();
    try {
      cursor = at;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (event.type().equals("ws.close")) {
      finish(event.data().contains("1000") ? null : new IllegalStateException(event.data()));
    } else if (event.type().isEmpty()) {
      onMessage.accept(event.data());
    } else if (!open) {
      throw new IllegalStateException("unexpected: " + event);
    }
  }

  // --- upstream

  private void write() throws InterruptedException {
    while (awaitWork()) {
      posts.incrementAndGet();
      String session = "Sse-Session: " + cursor().epoch();
      try (RawStream answer =
          http.send("POST", path, batch(), session, "Content-Type: text/event-stream")) {
        switch (answer.status()) {
          case 204, 409 -> acknowledge(Long.parseLong(answer.header("Sse-Received").orElseThrow()));
          case 400, 404, 408, 429, 500, 503 -> pause(); // cut on its way, or not now
          case 410 -> {
            if (!awaitOver()) {
              throw new IllegalStateException("the session is gone");
            }
          }
          default -> throw new IllegalStateException("a POST was answered " + answer.status());
        }
      } catch (IOException unknown) {
        pause(); // taken or not: the numbers tell
      }
    }
  }

  /** Whether there is something to send; waits for it. */
  private boolean awaitWork() throws InterruptedException {
    lock.lock();
    try {
      while (!over && (cursor == null || unacknowledged.isEmpty())) {
        changed.await();
      }
      return !over;
    } finally {
      lock.unlock();
    }
  }

  /** A retried close may find its session closed before the stream has said so. */
  private boolean awaitOver() throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(20);
    lock.lock();
    try {
      while (!over && left > 0) {
        left = changed.awaitNanos(left);
      }
      return over;
    } finally {
      lock.unlock();
    }
  }

  private byte[] batch() {
    var body = new FrameEncoder(4096);
    lock.lock();
    try {
      long number = acknowledged;
      for (Frame event : unacknowledged) {
        if (number == acknowledged + MAX_BATCH) {
          break;
        }
        body.id(Long.toString(++number)).frame(event);
      }
      return body.toByteArray();
    } finally {
      lock.unlock();
    }
  }

  private void acknowledge(long received) {
    lock.lock();
    try {
      while (acknowledged < received) {
        unacknowledged.remove();
        acknowledged++;
      }
    } finally {
      lock.unlock();
    }
  }
}
