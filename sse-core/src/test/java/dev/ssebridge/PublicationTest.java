package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicationTest {
  @ParameterizedTest
  @ValueSource(strings = {"sse.gap", "sse.", "ws.close", "open", "error"})
  void aTypeThatClientsTakeForSomethingElseIsRefused(String type) {
    SseEvent event = SseEvent.of(type, "x");
    assertThrows(IllegalArgumentException.class, () -> Publication.of("a", event));
    assertThrows(IllegalArgumentException.class, () -> Publication.of(type, SseEvent.of("x")));
  }

  @Test
  void anEventWithItsOwnIdIsRefused() {
    SseEvent event = SseEvent.of("x").withId("1");
    assertThrows(IllegalArgumentException.class, () -> Publication.of("a", event));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "a b", "a,b", "a*", "*", "\u00e9", "a\n", "a\"b", "a\\b", "message", "\t"
      })
  void aChannelNameThatIsNotVisibleAsciiIsRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> Publication.of(name, SseEvent.of("x")));
  }

  @Test
  void namesAndKeysAreBounded() {
    var longest = "x".repeat(200);
    var publication = Publication.of(longest, SseEvent.of("x")).once(longest).latestOf(longest);
    assertEquals(longest, publication.channel());
    var tooLong = longest + "x";
    assertThrows(IllegalArgumentException.class, () -> Publication.of(tooLong, SseEvent.of("x")));
    assertThrows(IllegalArgumentException.class, () -> publication.once(tooLong));
    assertThrows(IllegalArgumentException.class, () -> publication.latestOf(tooLong));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.0001S", "PT2147483.648S", "PT2562047788015215H"})
  void aReconnectionTimeOutsideItsRangeIsRefused(Duration retry) {
    SseEvent event = SseEvent.of("x");
    assertThrows(IllegalArgumentException.class, () -> event.withRetry(retry));
  }
}
