package dev.ssebridge.benchmark;

import java.util.List;

/**
 * A server of the comparison.
 *
 * @param kind how it sends
 * @param container the directory of examples/servers that brings the container; empty for none
 */
record Contestant(Kind kind, String container) {
  /** How a server sends events to everybody who is connected. */
  enum Kind {
    HUB("a channel of our hub", false),
    DIRECT("a stream of its own for each client, as an AI answer has it", false),
    BRIDGE("the same endpoint, bridged, unchanged", false),
    WS("WebSocket, a loop over sessions that calls sendText", true),
    WS_BATCHED("the same with setBatchingAllowed and flushBatch", true),
    SERVLET("asynchronous servlet, write and flush to each client", false),
    SPRING("Spring SseEmitter, a loop over emitters", false),
    JERSEY("Jersey SseBroadcaster", false),
    RAW("NIO without HTTP code, everything there is in one write", false),
    RAW_EACH("the same, one write for each event", false);

    final String description;
    final boolean isWebSocket;

    Kind(String description, boolean isWebSocket) {
      this.description = description;
      this.isWebSocket = isWebSocket;
    }

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    boolean needsContainer() {
      return this != RAW && this != RAW_EACH;
    }
  }

  static final List<String> ALL =
      List.of(
          "raw",
          "raw-each",
          "hub@tomcat-10.1",
          "hub@tomcat-11",
          "hub@jetty-12",
          "hub@jetty-12.1",
          "hub@undertow",
          "bridge@tomcat-11",
          "bridge@jetty-12.1",
          "ws@tomcat-11",
          "ws@jetty-12.1",
          "ws-batched@tomcat-11",
          "ws-batched@jetty-12.1",
          "servlet@tomcat-11",
          "spring@tomcat-11",
          "jersey@tomcat-11");

  static final List<String> QUICK =
      List.of(
          "raw",
          "hub@tomcat-11",
          "hub@jetty-12.1",
          "bridge@tomcat-11",
          "ws@tomcat-11",
          "ws@jetty-12.1",
          "ws-batched@tomcat-11");

  /**
   * Reads a name such as {@code hub@tomcat-11} or {@code raw}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Contestant parse(String name) {
    String[] parts = name.split("@", -1);
    for (Kind kind : Kind.values()) {
      if (kind.label().equals(parts[0]) && parts.length == (kind.needsContainer() ? 2 : 1)) {
        return new Contestant(kind, parts.length == 1 ? "" : parts[1]);
      }
    }
    throw new IllegalArgumentException("no such contestant: " + name + "; there are " + ALL);
  }

  String name() {
    return container.isEmpty() ? kind.label() : kind.label() + "@" + container;
  }

  /** How far the publisher may be ahead of the slowest client, in events. */
  int window() {
    return kind == Kind.JERSEY ? 200 : 1000; // Jersey drops what exceeds a buffer of 256
  }
}
