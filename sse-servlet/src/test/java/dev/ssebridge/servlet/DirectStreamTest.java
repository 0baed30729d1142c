package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.HubOptions;
import dev.ssebridge.Interest;
import dev.ssebridge.Pump;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Events that an application sends to one stream. */
class DirectStreamTest {
  private final Pump pump = Pump.manual(() -> 0, new Random(1));
  private final EventStreams home = new EventStreams(pump);
  private final FakeExchange exchange =
      new FakeExchange(new HashMap<>(Map.of(EventStreams.class.getName(), home)));
  private final List<StreamEnd> ends = new ArrayList<>();

  private EventStream open(EventStreamOptions options) {
    EventStream stream = EventStream.open(exchange.request(), exchange.response(), options);
    stream.onEnd(ends::add);
    pump.runPending();
    return stream;
  }

  private EventStream open() {
    return open(EventStreamOptions.DEFAULTS);
  }

  private String sent() {
    pump.runPending();
    String text = exchange.output.text();
    return text.substring(text.indexOf(":\n") + 2); // behind "retry: …" and a comment
  }

  @Test
  void theHeadSaysThatNothingMayHoldTheStreamUp() {
    open();

    assertEquals(200, exchange.status());
    assertEquals("text/event-stream;charset=UTF-8", exchange.responseHeaders.get("Content-Type"));
    assertEquals("no-cache, no-transform", exchange.responseHeaders.get("Cache-Control"));
    assertEquals("no", exchange.responseHeaders.get("X-Accel-Buffering"));
    for (String illegal : List.of("Connection", "Keep-Alive", "Transfer-Encoding")) {
      assertFalse(exchange.responseHeaders.containsKey(illegal), illegal + " over HTTP/2");
    }
    assertTrue(exchange.output.text().matches("retry: [4-6]\\d{3}\n:\n"), exchange.output.text());
  }

  @Test
  void everythingOfAnEventIsSentInOrder() throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();

    stream.send("  two spaces");
    stream.send("delta", "");
    stream.send(SseEvent.of("t", "d").withId("7").withRetry(Duration.ofMillis(9)));

    assertEquals(
        "data:   two spaces\n\n"
            + "event: delta\ndata: \n\n"
            + "id: 7\nretry: 9\nevent: t\ndata: d\n\n",
        sent());
    assertEquals(0, stream.unsentBytes());
  }

  @Test
  void aSmallEventBeforeOneThatFillsARunDoesNotHoldItUp() throws Exception {
    EventStream stream = open();
    exchange.output.becomeReady();
    String large = "x".repeat(3 * Pump.RUN_BYTES);

    stream.send("small"); // 1. the run ends before the large one, for which it has no room
    stream.send(large); // 2. nobody wakes the stream again: the pump must read on by itself

    assertEquals("data: small\n\ndata: " + large + "\n\n", sent());
  }

  @Test
  void whatWaitsIsBoundedAndOneMoreEndsTheStream() {
    EventStream stream = open(EventStreamOptions.DEFAULTS.withMaxUnsentBytes(1024));
    String hundred = "x".repeat(92); // 100 bytes with its field and the blank line

    for (int i = 0; i < 10; i++) {
      assertTrue(stream.send(hundred));
    }
    assertEquals(1000, stream.unsentBytes());
    assertFalse(stream.send(hundred));

    pump.runPending();
    assertEquals(List.of(StreamEnd.OVERFLOW), ends);
    assertFalse(stream.send("x"), "even if it would fit");
    assertEquals(0, stream.unsentBytes(), "nothing is kept for nobody");
  }

  @Test
  void whatCouldNeverBeSentIsTheCallersFault() throws Exception {
    EventStream stream = open(EventStreamOptions.DEFAULTS.withMaxUnsentBytes(1024));
    exchange.output.becomeReady();

    assertThrows(IllegalArgumentException.class, () -> stream.send("x".repeat(1024)));
    assertThrows(IllegalArgumentException.class, () -> stream.send("sse.gap", ""));
    assertThrows(IllegalArgumentException.class, () -> stream.send("ws.close", ""));
    assertThrows(IllegalStateException.class, () -> stream.follow(Interest.in("a")));

    assertTrue(stream.send("and it goes on"));
    assertEquals("data: and it goes on\n\n", sent());
  }

  @Test
  void endSendsWhatWaitsAndTakesNothingMore() throws Exception {
    EventStream stream = open();
    stream.send("one");
    stream.end();
    assertFalse(stream.send("two"));
    exchange.output.becomeReady();

    assertEquals("data: one\n\n", sent());
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
    stream.onEnd(ends::add);
    assertEquals(2, ends.size(), "who asks late is told at once");
  }

  @Test
  void aListenerThatFailsHidesTheEndFromNobody() {
    EventStream stream = EventStream.open(exchange.request(), exchange.response());
    stream.onEnd(
        why -> {
          throw new IllegalStateException("the application's");
        });
    stream.onEnd(ends::add);

    stream.endNow(StreamEnd.COMPLETED);
    pump.runPending();

    assertEquals(List.of(StreamEnd.COMPLETED), ends);
    assertEquals(0, home.count());
  }

  @Test
  void aStreamOfAHubCarriesBothAndKeepsItsCursor() throws Exception {
    try (SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump))) {
      EventStream stream = EventStream.open(exchange.request(), exchange.response(), hub, "news");
      exchange.output.becomeReady();
      hub.publish("news", "n1");
      stream.send("hello", "you");
      hub.publish("other", "o1");
      hub.publish("news", "n2");

      String epoch = hub.cursor().epoch();
      assertEquals(
          "event: hello\ndata: you\n\n"
              + "id: "
              + epoch
              + "-1\nevent: news\ndata: n1\n\n"
              + "id: "
              + epoch
              + "-3\nevent: news\ndata: n2\n\n",
          sent());
      assertThrows(
          IllegalArgumentException.class, () -> stream.send(SseEvent.of("x").withId("mine")));
    }
  }

  @Test
  void directEventsAreNotSharedWithStreamsAtTheSamePlace() throws Exception {
    try (SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump))) {
      var other = new FakeExchange(exchange.contextAttributes);
      EventStream mine = EventStream.open(exchange.request(), exchange.response(), hub, "news");
      EventStream.open(other.request(), other.response(), hub, "news");
      exchange.output.becomeReady();
      other.output.becomeReady();
      pump.runPending();

      for (int i = 0; i < 5; i++) {
        mine.send("secret", "s" + i);
        hub.publish("news", "n" + i);
        pump.runPending();
      }

      assertFalse(other.output.text().contains("secret"), other.output.text());
      assertTrue(other.output.text().contains("n4"));
      assertTrue(exchange.output.text().contains("s4"));
    }
  }

  @Test
  void whoComesWhileTheApplicationStopsIsToldToComeBack() {
    home.drain(Duration.ZERO);

    EventStream stream = open();

    assertEquals(200, exchange.status());
    assertTrue(exchange.output.text().matches("retry: \\d{4}\n: stopping\n"));
    assertEquals(List.of(StreamEnd.SHUTDOWN), ends);
    assertFalse(stream.isOpen());
    assertFalse(exchange.isAsync());
  }
}
