package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private final Routing byType = Routing.byJsonField("/type");

  @Test
  void aFieldOfTheJsonNamesTheMessage() {
    assertEquals(
        "metric", byType.route("/", "{\"value\":[1,{\"type\":\"no\"}],\"type\":\"metric\"}"));
    assertEquals("7", byType.route("/", " \n{\"type\":7}"));
    assertEquals(
        "cpu", Routing.byJsonField("/meta/0/kind").route("/", "{\"meta\":[{\"kind\":\"cpu\"}]}"));
    assertEquals("a", Routing.byJsonField("/x~1y").route("/", "{\"x/y\":\"a\"}"));
    assertEquals("second", Routing.byJsonField("/1").route("/", "[\"first\",\"second\"]"));
  }

  @Test
  void aMessageWithoutTheFieldHasNoName() {
    for (String text :
        List.of(
            "",
            "plain",
            "\"type\"",
            "17",
            "{}",
            "[]",
            "{\"type\":null}",
            "{\"type\":true}",
            "{\"type\":1.5}",
            "{\"type\":{\"type\":\"x\"}}",
            "{\"type\":[\"x\"]}",
            "{\"kind\":\"x\"}",
            "{\"type\"",
            "{\"type\":\"unended",
            "{broken",
            "[".repeat(100_000))) {
      assertNull(byType.route("/", text), text);
    }
  }

  @Test
  void whatFollowsTheFieldIsNotLookedAt() {
    assertEquals("a", byType.route("/", "{\"type\":\"a\",\"type\":\"b\"}"));
    assertEquals("a", byType.route("/", "{\"type\":\"a\", and this is no JSON"));
    assertEquals("a", byType.route("/", "{\"type\":\"a\",\"x\":" + "[".repeat(1_000_000)));
  }

  @Test
  void aPointerThatPointsAtNoFieldIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Routing.byJsonField(""));
    assertThrows(IllegalArgumentException.class, () -> Routing.byJsonField("type"));
  }

  @Test
  void endpointsCanBeRoutedDifferently() {
    Routing routing = Routing.byEndpoint(Map.of("/a", Routing.to("x"), "/b/{id}", byType));

    assertEquals("x", routing.route("/a", "{\"type\":\"y\"}"));
    assertEquals("y", routing.route("/b/{id}", "{\"type\":\"y\"}"));
    assertNull(routing.route("/c", "{\"type\":\"y\"}"));
  }

  @Test
  void onlyTheNamesThatAreListedAreNames() {
    Routing routing = byType.only(Set.of("metric"));

    assertEquals("metric", routing.route("/", "{\"type\":\"metric\"}"));
    assertNull(routing.route("/", "{\"type\":\"other\"}"));
    assertThrows(IllegalArgumentException.class, () -> byType.only(Set.of("ws.text")));
  }

  @Test
  void textsSayTheSame() {
    Routing routing =
        RoutingText.read(
            Map.of(
                    "dev.ssebridge.routing", " /kind ",
                    "dev.ssebridge.endpointRouting", "/metrics=/type, /chat/{room}=chat",
                    "dev.ssebridge.routes", "chat metric")
                ::get);

    assertEquals("chat", routing.route("/chat/{room}", "hello"));
    assertEquals("metric", routing.route("/metrics", "{\"type\":\"metric\"}"));
    assertEquals("chat", routing.route("/other", "{\"kind\":\"chat\"}"));
    assertNull(routing.route("/other", "{\"kind\":\"not listed\"}"));
  }

  @Test
  void textsThatCannotBeReadAreNamed() {
    for (var bad :
        Map.of(
                "dev.ssebridge.routing", "ws.text",
                "dev.ssebridge.endpointRouting", "chat=/type",
                "dev.ssebridge.routes", "open")
            .entrySet()) {
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> BridgeOptions.from(Map.ofEntries(bad)::get));
      assertTrue(refused.getMessage().contains(bad.getKey()), refused.getMessage());
    }
  }

  @Test
  void namesAreBoundedAndValid() {
    var names = new RouteNames();
    for (String bad :
        List.of("", "open", "error", "message", "ws.x", "sse.x", "a b", "é", "a\nb")) {
      assertFalse(names.admit(bad), bad);
    }
    for (int i = 0; i < RouteNames.MOST; i++) {
      assertTrue(names.admit("name-" + i));
    }

    assertFalse(names.admit("one-more"));
    assertTrue(names.admit("name-0"));
    assertEquals(RouteNames.MOST, names.all().size());
  }
}
