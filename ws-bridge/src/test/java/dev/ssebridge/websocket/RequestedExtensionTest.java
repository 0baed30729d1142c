package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.websocket.Extension;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestedExtensionTest {
  private static List<String> told(String header) {
    return RequestedExtension.parse(header).stream()
        .map(
            each ->
                each.getName()
                    + each.getParameters().stream()
                        .map((Extension.Parameter p) -> p.getName() + "=" + p.getValue())
                        .toList())
        .toList();
  }

  @Test
  void extensionsAndTheirParametersKeepTheirOrder() {
    assertEquals(
        List.of("permessage-deflate[client_max_window_bits=, level=9]", "x[]"),
        told("permessage-deflate; client_max_window_bits; level=\"9\", x"));
  }

  @Test
  void whatHasNoNameIsLeftOut() {
    assertEquals(List.of("x[]"), told(", ;a=b, x"));
    assertEquals(List.of(), told(""));
  }
}
