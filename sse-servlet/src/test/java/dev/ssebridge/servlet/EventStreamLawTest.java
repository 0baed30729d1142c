package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.Pump;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One writer at a time for each response, and nothing touches it after the container's last word:
 * what does would land in another client's response.
 */
@Timeout(60)
class EventStreamLawTest {
  private static final String ATTRIBUTE = EventStreams.class.getName();

  private long now;
  private final Pump pump = Pump.manual(() -> now, new Random(1));
  private final FakeExchange exchange =
      new FakeExchange(new HashMap<>(Map.of(ATTRIBUTE, new EventStreams(pump))));
  private final List<StreamEnd> ends = new ArrayList<>();

  private EventStream open() {
    EventStream stream = EventStream.open(exchange.request(), exchange.response());
    stream.onEnd(ends::add);
    pump.runPending();
    return stream;
  }

  private void pass(Duration time) {
    now += time.toNanos();
    pump.runPending(); // looks at the clock
    pump.runPending(); // does what that led to
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsTouchedAfterALastWordBeforeTheFirstEvent(FakeExchange.LastWord word)
      throws Exception {
    EventStream stream = open();

    exchange.end(word);

    assertFalse(stream.isOpen());
    stream.send("late");
    stream.goAway(StreamEnd.SHUTDOWN);
    stream.end();
    pass(Duration.ofMinutes(1));
    assertEquals(List.of(), exchange.violations);
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsTouchedAfterALastWordInTheMiddle(FakeExchange.LastWord word) throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    stream.send("one");
    pump.runPending();
    assertTrue(exchange.output.text().endsWith("data: one\n\n"), exchange.output.text());
    stream.send("two"); // queued, and the pump has not run

    exchange.end(word);

    pass(Duration.ofMinutes(1));
    assertEquals(List.of(), exchange.violations);
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
    assertEquals(word != FakeExchange.LastWord.COMPLETE, exchange.isCompleted());
    assertFalse(exchange.output.text().contains("two"));
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsTouchedAfterALastWordWhileTheClientStalls(FakeExchange.LastWord word)
      throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    exchange.output.stallAfter(1);
    stream.send("one");
    stream.send("two");
    pump.runPending();

    exchange.end(word);

    exchange.output.listener().onWritePossible(); // one that was under way
    pass(Duration.ofMinutes(1));
    assertEquals(List.of(), exchange.violations);
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
  }

  @ParameterizedTest
  @EnumSource
  void ourOwnEndCompletesOnceAndALateLastWordChangesNothing(FakeExchange.LastWord word)
      throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    stream.send("[DONE]");
    stream.end();
    pump.runPending();
    assertTrue(exchange.isCompleted());

    exchange.end(word);

    pass(Duration.ofMinutes(1));
    assertEquals(List.of(), exchange.violations);
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
  }

  /**
   * The container's thread speaks its last word while the application sends and the pump writes.
   * Whatever the order, nothing may come after it.
   */
  @Test
  void nothingIsTouchedAfterALastWordThatComesAtAnyMoment() throws Exception {
    try (Pump threads = Pump.create(2)) {
      var home = new EventStreams(threads);
      var ended = new AtomicInteger();
      int rounds = 3000;
      for (int round = 0; round < rounds; round++) {
        var one =
            new FakeExchange(new java.util.concurrent.ConcurrentHashMap<>(Map.of(ATTRIBUTE, home)));
        EventStream stream = EventStream.open(one.request(), one.response());
        stream.onEnd(why -> ended.incrementAndGet());
        var word = FakeExchange.LastWord.values()[round % 4];
        var start = new CountDownLatch(2);
        int pause = round % 97;
        var fault = new AtomicReference<Throwable>();
        var container =
            new Thread(
                () -> {
                  try {
                    one.output.becomeReady();
                    start.countDown();
                    start.await();
                    for (int i = 0; i < pause * 20; i++) {
                      Thread.onSpinWait();
                    }
                    one.end(word);
                  } catch (Exception e) {
                    fault.set(e);
                  }
                });
        container.start();
        start.countDown();
        start.await();
        for (int i = 0; i < 20; i++) {
          stream.send("event " + i);
        }
        if (round % 3 == 0) {
          stream.end();
        } else if (round % 3 == 1) {
          stream.endNow(StreamEnd.SHUTDOWN);
        }
        container.join();
        for (int i = 0; i < 5; i++) {
          stream.send("late " + i);
        }
        assertEquals(null, fault.get());
        assertEquals(List.of(), one.violations, "round " + round);
      }
      home.drain(Duration.ofSeconds(20));
      assertEquals(0, home.count());
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (ended.get() < rounds && System.nanoTime() < deadline) {
        Thread.onSpinWait(); // the last callbacks
      }
      assertEquals(rounds, ended.get(), "each end is told once");
    }
  }

  @Test
  void aWriteThatFailsEndsTheStreamAndCompletesTheResponse() throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    exchange.output.fail();

    assertTrue(stream.send("nobody reads this"), "taken, and then lost with its reader");
    pump.runPending();

    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
    assertTrue(exchange.isCompleted());
    assertEquals(List.of(), exchange.violations);
  }

  @Test
  void aHeartbeatFindsAReaderWhoLeftBeforeTheFirstToken() throws Exception {
    open();
    exchange.output.becomeReady();
    exchange.output.fail();

    pass(StreamOptions.DEFAULTS.heartbeat());

    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
  }

  @Test
  void aReaderThatStallsIsCutAtTheDeadline() throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    exchange.output.stallAfter(1);
    stream.send("one");
    pump.runPending();

    pass(StreamOptions.DEFAULTS.writeDeadline());

    assertEquals(List.of(StreamEnd.STALLED), ends);
    assertTrue(exchange.isCompleted());
    assertEquals(List.of(), exchange.violations);
  }

  /** Undertow never asks for the bytes of a stream whose client left at once. */
  @Test
  void clientsThatLeaveAtOnceDoNotFillTheLog() {
    List<String> warnings = new ArrayList<>();
    var handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            if (entry.getMessage().contains("never asked")) {
              warnings.add(entry.getMessage());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger.getLogger("").addHandler(handler);
    try {
      for (int i = 0; i < 5; i++) {
        var silent = new FakeExchange(new HashMap<>(Map.of(ATTRIBUTE, new EventStreams(pump))));
        EventStream.open(silent.request(), silent.response()).onEnd(ends::add);
        pump.runPending();
        pass(Duration.ofSeconds(31));
      }
    } finally {
      Logger.getLogger("").removeHandler(handler);
    }
    assertEquals(Collections.nCopies(5, StreamEnd.STALLED), ends);
    assertTrue(warnings.size() <= 1, warnings.toString());
  }

  @Test
  void aReaderWhoLeftBeforeTheFirstByteIsAnEndAndNoException() {
    exchange.output.fail();

    EventStream stream = open();

    assertFalse(stream.isOpen());
    assertFalse(stream.send("late"));
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
    assertFalse(exchange.isAsync());
  }

  // What stands in the way of a stream is named

  private String refusal() {
    return assertThrows(IllegalStateException.class, this::open).getMessage();
  }

  @Test
  void aWrapperThatHoldsTheResponseBackIsNamed() {
    exchange.buffering = true;

    String message = refusal();

    assertTrue(message.contains("holds it back"), message);
    assertTrue(message.contains(exchange.response().getClass().getName()), message);
    assertFalse(exchange.isAsync());
  }

  @Test
  void aWrapperWithoutNonBlockingOutputIsNamedAndTheRequestEnds() {
    exchange.blockingOnly = true;

    String message = refusal();

    assertTrue(message.contains("setWriteListener"), message);
    assertTrue(exchange.isCompleted());
    pump.runPending();
    assertEquals(0, pump.streams());
  }

  @Test
  void aChainThatIsNotAsyncSupportedIsNamed() {
    exchange.asyncSupported = false;

    String message = refusal();

    assertTrue(message.contains("async-supported") && message.contains("/events"), message);
  }

  @Test
  void aResponseIsAStreamOnce() {
    open();

    assertTrue(refusal().contains("committed"));
  }
}
