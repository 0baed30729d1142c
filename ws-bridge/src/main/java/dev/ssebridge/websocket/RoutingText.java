package dev.ssebridge.websocket;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The routing that context parameters ask for; see {@link BridgeOptions}. */
final class RoutingText {
  private RoutingText() {}

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if a text is not valid, with its name
   */
  static Routing read(Function<String, @Nullable String> lookup) {
    String general = lookup.apply("dev.ssebridge.routing");
    String single = lookup.apply("dev.ssebridge.endpointRouting");
    String names = lookup.apply("dev.ssebridge.routes");
    Routing routing = general == null ? Routing.NONE : one("routing", general.trim());
    if (single != null) {
      routing = overlaid(routing, byPath(single));
    }
    if (names == null) {
      return routing;
    }
    try {
      return routing.only(Set.copyOf(list(names)));
    } catch (IllegalArgumentException e) {
      throw invalid("routes", names, e);
    }
  }

  private static Routing overlaid(Routing general, Map<String, Routing> byPath) {
    return (path, text) -> byPath.getOrDefault(path, general).route(path, text);
  }

  private static Map<String, Routing> byPath(String text) {
    Map<String, Routing> byPath = new HashMap<>();
    for (String each : list(text)) {
      int equals = each.lastIndexOf('=');
      if (equals < 1 || !each.startsWith("/")) {
        throw new IllegalArgumentException(
            "dev.ssebridge.endpointRouting must be a list such as /metrics=/type, /chat=chat: "
                + text);
      }
      byPath.put(each.substring(0, equals), one("endpointRouting", each.substring(equals + 1)));
    }
    return byPath;
  }

  private static Routing one(String option, String text) {
    try {
      return text.startsWith("/") ? Routing.byJsonField(text) : Routing.to(text);
    } catch (IllegalArgumentException e) {
      throw invalid(option, text, e);
    }
  }

  private static List<String> list(String text) {
    return text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*|\\s+", -1));
  }

  private static IllegalArgumentException invalid(String option, String text, Exception why) {
    return new IllegalArgumentException(
        "dev.ssebridge." + option + ": " + why.getMessage() + " (" + text + ")", why);
  }
}
