package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which pages of other origins may read a stream (Fetch Standard, CORS protocol). */
class CrossOriginTest {
  private final FakeExchange exchange = new FakeExchange();

  private boolean isAllowed(CrossOrigin origins, String origin) {
    exchange.requestHeaders.put("Origin", origin);
    return origins.allow(exchange.request(), exchange.response());
  }

  @Test
  void everyOriginAndCredentialsExcludeEachOther() {
    assertThrows(IllegalArgumentException.class, () -> CrossOrigin.of("*").withCredentials());
    assertThrows(IllegalArgumentException.class, () -> new CrossOrigin(Set.of("*"), true));
  }

  @Test
  void everyOriginIsAStarWithoutCredentials() {
    assertTrue(isAllowed(CrossOrigin.of("*"), "https://elsewhere.example"));
    assertEquals("*", exchange.responseHeaders.get("Access-Control-Allow-Origin"));
    assertFalse(exchange.responseHeaders.containsKey("Access-Control-Allow-Credentials"));
  }

  @Test
  void anOriginThatIsNamedIsNamedInTheAnswer() {
    assertTrue(
        isAllowed(CrossOrigin.of("https://a.example").withCredentials(), "https://a.example"));
    assertEquals("https://a.example", exchange.responseHeaders.get("Access-Control-Allow-Origin"));
    assertEquals("true", exchange.responseHeaders.get("Access-Control-Allow-Credentials"));
    assertEquals("Origin", exchange.responseHeaders.get("Vary"), "a cache must tell them apart");
  }

  @Test
  void anyOtherIsRefusedWithoutAWordToIt() {
    assertFalse(isAllowed(CrossOrigin.of("https://a.example"), "https://b.example"));
    assertFalse(exchange.responseHeaders.containsKey("Access-Control-Allow-Origin"));
  }
}
