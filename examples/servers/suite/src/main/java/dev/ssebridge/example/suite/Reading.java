package dev.ssebridge.example.suite;

import dev.ssebridge.EventStreamParser;
import dev.ssebridge.testkit.RawStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one client has read of a stream so far, whole events only, as a browser would count it.
 *
 * <p>Not safe for concurrent use.
 */
final class Reading {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int SHOWN = 40;

  /** Where bytes come from. */
  interface Source {
    /** At least one byte, waiting for it; none at the end of the body. */
    byte[] more() throws IOException;
  }

  private final Source source;
  private final EventStreamParser parser = new EventStreamParser(16 << 20);
  private final List<String> sent = new ArrayList<>();
  private final List<String> types = new ArrayList<>();
  private String lastEventId = "";

  Reading(Source source) {
    this.source = source;
  }

  static Reading of(RawStream stream) {
    byte[] buffer = new byte[1024];
    return new Reading(
        () -> Arrays.copyOf(buffer, Math.max(0, stream.read(buffer, SOON)))); // -1 at the end
  }

  static Reading of(Http2Connection.Stream stream) {
    return new Reading(() -> stream.readThrough("\n\n", SOON).getBytes(StandardCharsets.UTF_8));
  }

  /** Reads on until the application's event number {@code count} has come. */
  Reading through(int count) throws IOException {
    while (sent.size() < count) {
      if (!more()) {
        throw new EOFException("the stream ended behind " + sent);
      }
    }
    return this;
  }

  /** Reads on until the stream ends, however it does. */
  Reading toEnd() {
    try {
      while (more()) {
        // all of it
      }
    } catch (IOException cut) {
      // as good an end as any
    }
    return this;
  }

  private boolean more() throws IOException {
    byte[] bytes = source.more();
    parser.feed(bytes, 0, bytes.length);
    for (var step = parser.next();
        step != EventStreamParser.Stop.NEEDS_INPUT;
        step = parser.next()) {
      if (step instanceof EventStreamParser.Event event) {
        take(event);
      }
    }
    return bytes.length > 0;
  }

  /** Counts an event, read here or elsewhere; the library's own are no part of what was sent. */
  void take(EventStreamParser.Event event) {
    lastEventId = event.lastEventId();
    types.add(event.type());
    if (!event.type().startsWith("sse.") && !event.type().startsWith("ws.")) {
      sent.add(brief(event.data()));
    }
  }

  /** The application's events, in brief. */
  List<String> sent() {
    return List.copyOf(sent);
  }

  /** The types of all events. */
  List<String> types() {
    return List.copyOf(types);
  }

  /** What a browser would send as {@code Last-Event-ID} now. */
  String lastEventId() {
    return lastEventId;
  }

  /** A text as it may stand in the message of a failure. */
  static String brief(String text) {
    return text.length() <= SHOWN
        ? text
        : text.substring(0, SHOWN) + "… " + text.length() + " " + text.hashCode();
  }
}
