package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BridgeOptionsTest {
  @Test
  void whatIsNotSetIsTheDefault() {
    assertEquals(BridgeOptions.DEFAULTS, BridgeOptions.from(name -> null));
  }

  @Test
  void namesSetTheirOptions() {
    var texts =
        Map.of(
            "dev.ssebridge.lease", "PT5M",
            "dev.ssebridge.maxMessageBytes", " 100 ",
            "dev.ssebridge.maxSessionsPerAddress", "7",
            "dev.ssebridge.heartbeat", "PT3S");

    BridgeOptions options = BridgeOptions.from(texts::get);

    assertEquals(Duration.ofMinutes(5), options.lease());
    assertEquals(100, options.maxMessageBytes());
    assertEquals(7, options.limits().perAddress());
    assertEquals(Duration.ofSeconds(3), options.stream().heartbeat());
  }

  @Test
  void modesAreForAllEndpointsOrForThoseNamed() {
    var texts =
        Map.of(
            "dev.ssebridge.mode", "SSE",
            "dev.ssebridge.endpointModes", " /chat/{room}=room,/news=off /a=b/{c}=sse ");

    BridgeOptions options = BridgeOptions.from(texts::get);

    assertEquals(BridgeMode.SSE, options.mode());
    assertEquals(
        Map.of(
            "/chat/{room}", BridgeMode.ROOM, "/news", BridgeMode.OFF, "/a=b/{c}", BridgeMode.SSE),
        options.endpointModes());
    assertEquals(
        options,
        BridgeOptions.DEFAULTS
            .withMode(BridgeMode.SSE)
            .withMode("/news", BridgeMode.OFF)
            .withMode("/chat/{room}", BridgeMode.ROOM)
            .withMode("/a=b/{c}", BridgeMode.SSE));
  }

  @Test
  void aPathIsAllThatASessionFileNeeds() {
    var texts = new HashMap<>(Map.of("dev.ssebridge.sessionFile", " sessions "));
    assertEquals(
        BridgeOptions.DEFAULTS.withSessionFile(SessionFile.at(Path.of("sessions"))),
        BridgeOptions.from(texts::get));
    texts.put("dev.ssebridge.sessionFileBytes", "9");
    texts.put("dev.ssebridge.sessionFileWait", "PT9S");
    assertEquals(
        new SessionFile(Path.of("sessions"), 9, Duration.ofSeconds(9)),
        BridgeOptions.from(texts::get).sessionFile());
    texts.put("dev.ssebridge.sessionFileBytes", "0");
    assertThrows(IllegalArgumentException.class, () -> BridgeOptions.from(texts::get));
  }

  @Test
  void whatCannotBeReadIsNamed() {
    for (var bad :
        Map.of(
                "dev.ssebridge.lease", "30",
                "dev.ssebridge.retry", "PT0S",
                "dev.ssebridge.maxSessions", "many",
                "dev.ssebridge.logMessages", "99999999999",
                "dev.ssebridge.mode", "on",
                "dev.ssebridge.endpointModes", "news=off",
                "dev.ssebridge.maxBatchBytes", "0")
            .entrySet()) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> BridgeOptions.from(name -> name.equals(bad.getKey()) ? bad.getValue() : null));
      String option = bad.getKey().substring("dev.ssebridge.".length());
      assertTrue(refused.getMessage().contains(option), refused.getMessage());
    }
  }
}
