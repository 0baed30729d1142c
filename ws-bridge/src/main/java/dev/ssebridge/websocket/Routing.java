package dev.ssebridge.websocket;

import dev.ssebridge.ChannelSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives text messages of unchanged endpoints the names of events, so that a page can listen to one
 * kind of them: {@code source.addEventListener("metric", …)}. A message without a name is an
 * ordinary message, as before.
 *
 * <p>Names are those of channels ({@link ChannelSet#requireName}); a message whose name is not
 * valid has none. An endpoint has at most 256 names, since each client is told all of them; once
 * there are so many, messages with further names have none either.
 *
 * <p>Threading: called by the threads that send, many at a time, and not for every session that a
 * text goes to: the answer must depend on the arguments alone. A failure is logged, and the message
 * has no name.
 */
@FunctionalInterface
public interface Routing {
  /** No message has a name. */
  Routing NONE = (path, text) -> null;

  /**
   * The name of a message.
   *
   * @param path the endpoint's path as it is deployed, such as {@code /chat/{room}}
   * @param text the message
   * @return the event's name, or null for none
   */
  @Nullable String route(String path, String text);

  /**
   * Reads the name from a field of messages that are JSON. Parsing stops at the field, and what
   * follows is not looked at; a message that lacks it is read through once. A message that is no
   * JSON, or whose field is neither a string nor a whole number, has no name.
   *
   * @param pointer where the field is (RFC 6901), for example {@code /type} or {@code /meta/kind}
   * @return the routing
   * @throws IllegalArgumentException if it is no pointer to a field
   */
  static Routing byJsonField(String pointer) {
    return new JsonRouting(pointer);
  }

  /**
   * Gives every message the same name.
   *
   * @param name of a channel
   * @return the routing
   * @throws IllegalArgumentException if it is not valid
   */
  static Routing to(String name) {
    ChannelSet.requireName(name);
    return (path, text) -> name;
  }

  /**
   * Routes the messages of each endpoint in its own way.
   *
   * @param byPath by the paths as they are deployed; endpoints that are not in it have no names
   * @return the routing
   */
  static Routing byEndpoint(Map<String, Routing> byPath) {
    Map<String, Routing> all = Map.copyOf(byPath);
    return (path, text) -> all.getOrDefault(path, NONE).route(path, text);
  }

  /**
   * The same with no other names than these. Without, whoever decides what is in the messages
   * decides on the names.
   *
   * @param names of channels
   * @return the routing
   * @throws IllegalArgumentException if one is not valid
   */
  default Routing only(Set<String> names) {
    Set<String> allowed = Set.copyOf(names);
    allowed.forEach(ChannelSet::requireName);
    return (path, text) -> {
      String name = route(path, text);
      return name != null && allowed.contains(name) ? name : null;
    };
  }
}
