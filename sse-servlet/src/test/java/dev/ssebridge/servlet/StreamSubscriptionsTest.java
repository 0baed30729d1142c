package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.mock;

import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What only an unlucky moment shows; the rest is tested on every container. */
class StreamSubscriptionsTest {
  private final HttpServletRequest http = mock(HttpServletRequest.class);

  private StreamRequest asked(String channel) {
    return new StreamRequest(http, List.of(channel), null);
  }

  private static StreamPolicy.Accept accepted(String channel) {
    return new StreamPolicy.Accept(Interest.in(channel), null, null);
  }

  @Test
  void aChangeWhileAStreamOpensIsThatStreams() {
    try (SseHub hub = SseHub.create()) {
      var subscriptions = new StreamSubscriptions(EventStreamServletOptions.DEFAULTS);
      StreamSubscriptions.Entry entry = subscriptions.add(asked("a"), null);
      // 1. GET looks  2. PUT changes  3. GET makes its stream of what it saw
      StreamRequest seen = entry.asked(http);
      entry.change(asked("b"), accepted("b"));
      Subscription stream = hub.subscribe(Interest.in("a"), null);
      entry.opening(seen, stream);
      assertEquals(Interest.in("b"), stream.interest());

      // 4. PUT changes  5. the client hears that its stream is open, and publishes
      entry.change(asked("c"), accepted("c"));
      assertEquals(Interest.in("c"), stream.interest());
    }
  }
}
