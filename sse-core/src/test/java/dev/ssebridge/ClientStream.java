package dev.ssebridge;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import dev.ssebridge.EventStreamParser.Stop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** What an EventSource makes of the bytes of a stream: events, and the id to come back with. */
final class ClientStream {
  private final EventStreamParser parser = new EventStreamParser(1 << 24);
  private final List<String> seen = new ArrayList<>();
  private String lastEventId = "";

  /** Takes more bytes; what is not a whole event yet waits for the rest. */
  ClientStream feed(byte[] bytes, int from, int count) {
    parser.feed(bytes, from, count);
    Step step = parser.next();
    while (!(step instanceof Stop)) {
      if (step instanceof Event event) {
        seen.add(event.type() + " " + event.data());
        lastEventId = event.lastEventId();
      }
      step = parser.next();
    }
    Assertions.assertNotEquals(Stop.TOO_LARGE, step);
    return this;
  }

  ClientStream feed(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return feed(bytes, 0, bytes.length);
  }

  /** {@code type data} of every event so far. */
  List<String> events() {
    return List.copyOf(seen);
  }

  /** As {@link #events}, and forgets them. */
  List<String> take() {
    List<String> taken = List.copyOf(seen);
    seen.clear();
    return taken;
  }

  /** Of the last event, as {@code Last-Event-ID} would say it; empty if none had one. */
  String lastEventId() {
    return lastEventId;
  }
}
