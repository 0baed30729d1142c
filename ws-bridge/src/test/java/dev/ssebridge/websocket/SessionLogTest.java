package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.websocket.SessionLog.Append;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class SessionLogTest {
  private final Downstream downstream = new Downstream("/");
  private final List<Runnable> callbacks = new ArrayList<>();

  private SessionLog log(int messages, long bytes, long unsent) {
    BridgeOptions d = BridgeOptions.DEFAULTS;
    var options =
        new BridgeOptions(
            d.lease(),
            d.sendTimeout(),
            d.maxMessageBytes(),
            d.maxBatchBytes(),
            unsent,
            messages,
            bytes,
            d.inboxMessages(),
            d.inboxWait(),
            d.limits(),
            d.stream(),
            d.routing(),
            d.mode(),
            d.endpointModes(),
            null);
    return new SessionLog("token", options, callbacks::add);
  }

  private Append append(SessionLog log, String text) {
    return log.append(downstream.text(text, Routing.NONE), null);
  }

  /** Reads as a pump does, and says so. */
  private static List<String> readAll(SessionLog.Reader reader, long from) {
    List<String> seen = new ArrayList<>();
    long position = from;
    while (true) {
      var out = new FrameEncoder(64);
      long next = reader.read(position, out);
      if (next == position) {
        return seen;
      }
      byte[] bytes = out.toByteArray();
      var parser = new EventStreamParser(1 << 20);
      parser.feed(bytes, 0, bytes.length);
      for (var step = parser.next();
          step != EventStreamParser.Stop.NEEDS_INPUT;
          step = parser.next()) {
        if (step instanceof EventStreamParser.Event event) {
          seen.add(event.id().orElse("") + "=" + event.data());
        }
      }
      reader.written(next);
      position = next;
    }
  }

  @Test
  void messagesAreNumberedFromOneWithoutAHole() {
    SessionLog log = log(100, 10_000, 10_000);
    for (int i = 1; i <= 20; i++) {
      assertEquals(Append.TAKEN, append(log, "m" + i));
    }

    List<String> seen = readAll(log.attach(0), 0);

    assertEquals(20, seen.size());
    assertEquals("token-1=m1", seen.get(0));
    assertEquals("token-20=m20", seen.get(19));
  }

  @Test
  void whatWasWrittenCanBeReadAgain() {
    SessionLog log = log(100, 10_000, 10_000);
    append(log, "a");
    append(log, "b");
    append(log, "c");
    readAll(log.attach(0), 0);

    assertEquals(List.of("token-2=b", "token-3=c"), readAll(log.attach(1), 1));
  }

  @Test
  void onlyWhatWasWrittenMakesRoom() {
    SessionLog log = log(4, 10_000, 10_000);
    SessionLog.Reader reader = log.attach(0);
    for (int i = 0; i < 4; i++) {
      append(log, "old");
    }
    assertEquals(Append.FULL, append(log, "nobody has read the first yet"));

    readAll(reader, 0);

    assertEquals(Append.TAKEN, append(log, "new"));
    assertNull(log.attach(0), "the first has left");
    assertNotNull(log.attach(1));
  }

  @Test
  void aSenderWaitsBeforeManySmallMessagesFillTheLog() throws Exception {
    SessionLog log = log(10, 10_000, 10_000);
    SessionLog.Reader reader = log.attach(0);
    int taken = 0;
    while (log.awaitRoom(0)) {
      assertEquals(Append.TAKEN, append(log, "m" + taken++));
    }

    readAll(reader, 0);

    assertEquals(6, taken);
    assertTrue(log.awaitRoom(0));
  }

  @Test
  void aMessageLargerThanTheBoundIsTakenByAnEmptyLog() {
    SessionLog log = log(4, 100, 10_000);

    assertEquals(Append.TAKEN, append(log, "x".repeat(1000)));
    assertEquals(Append.FULL, append(log, "y"));
    assertEquals(1, readAll(log.attach(0), 0).size());
    assertEquals(Append.TAKEN, append(log, "y"));
  }

  @Test
  void cursorsAheadOrBehindAreNotContinued() {
    SessionLog log = log(100, 10_000, 10_000);
    append(log, "a");

    assertNull(log.attach(2));
    assertNull(log.attach(-1));
    assertNotNull(log.attach(1));
  }

  @Test
  void theNewestReaderWins() {
    SessionLog log = log(100, 10_000, 10_000);
    SessionLog.Reader first = log.attach(0);
    append(log, "a");
    SessionLog.Reader second = log.attach(0);

    assertEquals(List.of(), readAll(first, 0));
    assertFalse(log.detach(first));
    assertEquals(List.of("token-1=a"), readAll(second, 0));
    assertTrue(log.detach(second));
  }

  @Test
  void aSenderWaitsOnlyForAConnectedClientThatIsBehind() throws Exception {
    SessionLog log = log(100, 10_000, 1);
    assertTrue(log.awaitRoom(0), "nothing unsent");
    append(log, "a");
    assertTrue(log.awaitRoom(0), "the client is away");
    SessionLog.Reader reader = log.attach(0);
    assertFalse(log.awaitRoom(1), "the client is behind");

    readAll(reader, 0);

    assertTrue(log.awaitRoom(0), "the client has caught up");
  }

  @Test
  void aWaitingSenderGoesOnWhenTheClientLeaves() throws Exception {
    SessionLog log = log(100, 10_000, 1);
    append(log, "a");
    SessionLog.Reader reader = log.attach(0);
    var waited = new AtomicReference<Boolean>();
    var waiting = new CountDownLatch(1);
    var sender =
        new Thread(
            () -> {
              try {
                waiting.countDown();
                waited.set(log.awaitRoom(Duration.ofSeconds(20).toNanos()));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    sender.start();
    waiting.await();

    log.detach(reader);

    sender.join();
    assertEquals(true, waited.get());
  }

  @Test
  void resumingBehindMakesMessagesUnsentAgain() throws Exception {
    SessionLog log = log(100, 10_000, 1);
    append(log, "a");
    readAll(log.attach(0), 0);
    assertTrue(log.awaitRoom(0));

    log.attach(0);

    assertFalse(log.awaitRoom(1));
  }

  @Test
  void completionsComeWhenWrittenOrWhenTheLogCloses() {
    SessionLog log = log(100, 10_000, 10_000);
    List<String> done = new ArrayList<>();
    log.append(downstream.text("a", Routing.NONE), written -> done.add("a " + written));
    SessionLog.Reader reader = log.attach(0);
    readAll(reader, 0);
    log.append(downstream.text("b", Routing.NONE), written -> done.add("b " + written));
    log.close(downstream.text("bye", Routing.NONE));
    assertEquals(List.of(), done, "never on the thread that wrote or closed");

    callbacks.forEach(Runnable::run);

    assertEquals(List.of("a true", "b false"), done);
  }

  @Test
  void aClosedLogTakesNothingAndEndsItsReaders() {
    SessionLog log = log(1, 10_000, 10_000);
    append(log, "a");
    assertTrue(log.close(downstream.text("bye", Routing.NONE)), "taken though the log is full");
    assertFalse(log.close(downstream.text("again", Routing.NONE)));
    assertEquals(Append.CLOSED, append(log, "late"));
    SessionLog.Reader reader = log.attach(0);

    assertFalse(reader.isDone(0));
    assertEquals(List.of("token-1=a", "token-2=bye"), readAll(reader, 0));
    assertTrue(reader.isDone(2));
    assertTrue(log.isEnd(2));
    assertFalse(log.isEnd(1));
  }

  @Test
  void aRunStaysWithinItsSizeButAlwaysHasOneMessage() {
    SessionLog log = log(100, 1 << 20, 1 << 20);
    for (int i = 0; i < 10; i++) {
      append(log, "x".repeat(3000));
    }
    append(log, "y".repeat(50_000));
    SessionLog.Reader reader = log.attach(0);

    var out = new FrameEncoder(64);
    assertEquals(2, reader.read(0, out));
    assertTrue(out.length() <= 8192, () -> out.length() + " bytes");
    var large = new FrameEncoder(64);
    assertEquals(11, reader.read(10, large));
    assertTrue(new String(large.toByteArray(), StandardCharsets.UTF_8).contains("yyyy"));
  }
}
