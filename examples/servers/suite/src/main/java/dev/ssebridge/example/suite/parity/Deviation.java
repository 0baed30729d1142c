package dev.ssebridge.example.suite.parity;

import java.util.List;

/**
 * Cases in which a transport does something else than they say, each for a reason that
 * docs/websocket-api.md has too.
 *
 * @param reason as the documentation has it
 * @param containers how their names start
 * @param cases the names of the cases that show it; a star at the end stands for any end
 */
record Deviation(String reason, Transport transport, List<String> containers, List<String> cases) {
  /** All that the suite runs on, in the order of the documentation. */
  static final List<String> EVERY =
      List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0", "Jetty 12.1", "Undertow");

  static final List<Deviation> ALL =
      List.of(
          new Deviation(
              "`checkOrigin` is asked for each request",
              Transport.BRIDGE,
              EVERY,
              List.of("an origin that is allowed", "what a configurator sees and does, in order")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Jetty 12.0", "Jetty 12.1"),
              List.of(
                  "@OnOpen, @OnError and @OnClose with parameters in order *",
                  "an @OnMessage that fails",
                  "an @OnMessage that throws a checked exception")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              EVERY,
              List.of(
                  "a text that is no number reaches @OnError, and the session goes on",
                  "an @OnOpen that fails",
                  "an exception without an @OnError",
                  "an @OnError that fails")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0", "Jetty 12.1"),
              List.of(
                  "an @OnMessage that returns what nothing encodes",
                  "a handler's exception reaches @OnError")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0"),
              List.of("a decoder that fails reaches @OnError", "an @OnClose that fails")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0", "Jetty 12.1"),
              List.of("an encoder that refuses reaches @OnError")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of("an @OnMessage that throws an Error")),
          new Deviation(
              "an exception of an endpoint or a coder closes the session, or comes wrapped, or as another one",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of("a decoder that refuses reaches @OnError", "a ping between parts")),
          new Deviation(
              "a message that is too large is an error before it closes, or is taken when its parts are small",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of(
                  "a text larger than allowed closes with 1009",
                  "parts of a text larger than allowed close with 1009",
                  "a byte[] larger than allowed closes with 1009",
                  "a ByteBuffer larger than allowed closes with 1009",
                  "a session's own limits of texts",
                  "a session's own limits of binary messages")),
          new Deviation(
              "coders of the application are asked after the built-in conversions, or not at all",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11"),
              List.of("a handler of Integer without a decoder")),
          new Deviation(
              "coders of the application are asked after the built-in conversions, or not at all",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Undertow"),
              List.of("coders of a primitive's box come before the container's own")),
          new Deviation(
              "coders of the application are asked after the built-in conversions, or not at all",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0", "Jetty 12.1"),
              List.of("sendObject")),
          new Deviation(
              "coders of the application are asked after the built-in conversions, or not at all",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of("coders live as long as the session")),
          new Deviation(
              "coders of the application are asked after the built-in conversions, or not at all",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("an encoder of String is for sendObject")),
          new Deviation(
              "collections can be changed, or are not copies",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Undertow"),
              List.of("the set of handlers is a copy that cannot be changed", "a session's state")),
          new Deviation(
              "the request is told in another way: decoding, parameters, extensions, subprotocols",
              Transport.WEBSOCKET,
              EVERY,
              List.of(
                  "what the request was",
                  "a request without a query",
                  "an extension that nobody has")),
          new Deviation(
              "the request is told in another way: decoding, parameters, extensions, subprotocols",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of(
                  "an encoded path parameter is decoded",
                  "what a configurator sees and does, in order",
                  "user properties belong to one session")),
          new Deviation(
              "the request is told in another way: decoding, parameters, extensions, subprotocols",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("a configurator that chooses the subprotocol")),
          new Deviation(
              "a path parameter that cannot be converted refuses the handshake, or ends it without 1002",
              Transport.WEBSOCKET,
              EVERY,
              List.of("a path parameter that cannot be converted")),
          new Deviation(
              "a path parameter that cannot be converted refuses the handshake, or ends it without 1002",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of("a path parameter that cannot be converted for a message")),
          new Deviation(
              "an origin that is not allowed is answered with 404",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("an origin that is not allowed", "no origin")),
          new Deviation(
              "buffers are left as they were",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0", "Undertow"),
              List.of("texts and bytes of every kind", "messages sent in parts arrive whole")),
          new Deviation(
              "buffers are left as they were",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Jetty 12.0"),
              List.of("pings and pongs")),
          new Deviation(
              "buffers are left as they were",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0"),
              List.of("futures")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              EVERY,
              List.of("a surrogate pair cut by a part")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Undertow"),
              List.of("a writer and a stream")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of("a writer and a stream that are not written to send nothing")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0"),
              List.of("pings and pongs that are too large", "nulls")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of("send handlers")),
          new Deviation(
              "parts, writers, streams, send handlers and what is not allowed to be sent differ in corners",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("a writer and a stream that are closed take no more", "batches")),
          new Deviation(
              "limits and idle times are unknown, or end with 1006 or an error",
              Transport.WEBSOCKET,
              EVERY,
              List.of("a session that is idle for too long")),
          new Deviation(
              "limits and idle times are unknown, or end with 1006 or an error",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("a session's settings")),
          new Deviation(
              "a cut, a close without a status or with a wrong one comes as another code, or as an error before",
              Transport.WEBSOCKET,
              List.of("Tomcat 10.1", "Tomcat 11", "Undertow"),
              List.of("a client that closes without a status")),
          new Deviation(
              "a cut, a close without a status or with a wrong one comes as another code, or as an error before",
              Transport.WEBSOCKET,
              EVERY,
              List.of("a client that vanishes")),
          new Deviation(
              "a cut, a close without a status or with a wrong one comes as another code, or as an error before",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of(
                  "a client that closes with a code it may not use",
                  "a client that closes with a code nobody has")),
          new Deviation(
              "a close of the server loses its reason or status, or is an error too",
              Transport.WEBSOCKET,
              EVERY,
              List.of("a close without a reason object")),
          new Deviation(
              "a close of the server loses its reason or status, or is an error too",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of(
                  "a server that closes with a code of its own",
                  "a server that closes with a reason in UTF-8",
                  "a server that closes with the longest reason")),
          new Deviation(
              "a close of the server loses its reason or status, or is an error too",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of("only the first close counts")),
          new Deviation(
              "a close of the server loses its reason or status, or is an error too",
              Transport.WEBSOCKET,
              List.of("Undertow"),
              List.of("a server that closes without a status")),
          new Deviation(
              "a session that is closed counts as open within `@OnClose`, or goes on answering",
              Transport.WEBSOCKET,
              EVERY,
              List.of("what can be asked within @OnClose")),
          new Deviation(
              "a session that is closed counts as open within `@OnClose`, or goes on answering",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1", "Undertow"),
              List.of("what can be asked of a closed session")),
          new Deviation(
              "a session that is closed counts as open within `@OnClose`, or goes on answering",
              Transport.WEBSOCKET,
              List.of("Jetty 12.0", "Jetty 12.1"),
              List.of("remotes that were kept are of no use after the close")));

  /** Whether a case is known to differ. */
  static boolean isKnown(String name, Transport transport, String container) {
    return ALL.stream()
        .anyMatch(
            each ->
                each.transport == transport
                    && each.shows(name)
                    && each.containers.stream().anyMatch(container::startsWith));
  }

  private boolean shows(String name) {
    return cases.stream().anyMatch(each -> isLike(name, each));
  }

  /** Whether a name is the one of an entry. */
  static boolean isLike(String name, String entry) {
    return entry.endsWith("*")
        ? name.startsWith(entry.substring(0, entry.length() - 1))
        : name.equals(entry);
  }
}
