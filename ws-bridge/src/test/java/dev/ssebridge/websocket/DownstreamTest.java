package dev.ssebridge.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DownstreamTest {
  private final Downstream downstream = new Downstream("/chat/{room}");

  @Test
  void theSameTextIsEncodedOnce() {
    Frame first = downstream.text("hello 1", Routing.NONE);

    assertSame(first, downstream.text("hello 1", Routing.NONE));
    assertSame(first, downstream.text("hello ".concat("1"), Routing.NONE));
  }

  @Test
  void loopsThatBroadcastAtTheSameTimeDoNotDisturbOneAnother() {
    Frame one = downstream.text("one", Routing.NONE);
    Frame two = downstream.text("two", Routing.NONE);

    assertSame(one, downstream.text("one", Routing.NONE));
    assertSame(two, downstream.text("two", Routing.NONE));
  }

  @Test
  void theSameBytesAreEncodedOnce() {
    byte[] content = {1, 2, 3};
    Frame first = downstream.binary(ByteBuffer.wrap(content));
    ByteBuffer again = ByteBuffer.wrap(content);

    assertSame(first, downstream.binary(again));
    assertEquals(0, again.remaining()); // consumed like the first
    content[1] = 9; // the application's buffer, to use again
    assertNotSame(first, downstream.binary(ByteBuffer.wrap(content)));
    assertEquals("event: ws.binary\ndata: AQID\n\n", text(first));
  }

  @Test
  void aRouteIsFoundOncePerTextAndIsTheEventsName() {
    var asked = new AtomicInteger();
    Routing routing =
        (path, text) -> path.equals("/chat/{room}") ? "n" + asked.incrementAndGet() : "";

    assertEquals("event: n1\ndata: a\ndata: b\n\n", text(downstream.text("a\nb", routing)));
    assertEquals("event: n1\ndata: a\ndata: b\n\n", text(downstream.text("a\nb", routing)));
    assertEquals(Set.of("n1"), downstream.routes());
  }

  @Test
  void anotherRoutingIsAnotherFrame() {
    downstream.text("a", Routing.NONE);

    assertEquals("event: x\ndata: a\n\n", text(downstream.text("a", Routing.to("x"))));
    assertEquals("data: a\n\n", text(downstream.text("a", Routing.NONE)));
  }

  @Test
  void aRoutedTextWithCarriageReturnsSaysItsNameInJson() {
    assertEquals(
        "event: ws.text\ndata: {\"name\":\"x\",\"text\":\"a\\r\\nb\"}\n\n",
        text(downstream.text("a\r\nb", Routing.to("x"))));
  }

  @Test
  void manyLinesStayWithTheirNameForThoseWhoListenToIt() {
    String lines = "\n".repeat(100);

    assertEquals("x", downstream.text(lines, Routing.to("x")).type());
    assertEquals("ws.text", downstream.text(lines, Routing.NONE).type());
  }

  @Test
  void aRoutingThatFailsOrMakesNoNameLeavesTheMessageAsItIs() {
    Routing failing =
        (path, text) -> {
          throw new IllegalStateException("the application's fault");
        };

    assertEquals("data: a\n\n", text(downstream.text("a", failing)));
    assertEquals("data: a\n\n", text(downstream.text("a", (path, text) -> "x\nid: 7")));
    assertEquals(Set.of(), downstream.routes());
  }

  private static String text(Frame frame) {
    return new String(new FrameEncoder(64).frame(frame).toByteArray(), UTF_8);
  }
}
