package dev.ssebridge;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import dev.ssebridge.EventStreamParser.Stop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A client of a {@link ModelApplication}, over as many connections as it takes. It fails as soon as
 * an event is lost or repeated without having been told of a gap, a state is owed, or an id is
 * missing.
 *
 * <p>Threading: one thread at a time.
 */
final class ModelClient {
  private static final int LIMIT = 1 << 20;

  private final Map<String, Long> last = new HashMap<>(); // channel -> number of its last event
  private final Set<String> gapped =
      new HashSet<>(); // the next event of these may be any later one
  private final Deque<String> history = new ArrayDeque<>();
  private Interest interest;
  private boolean changed;
  private EventStreamParser parser = new EventStreamParser(LIMIT);
  private String lastEventId = "";
  private long events;
  private long gaps;

  ModelClient(Interest interest) {
    this.interest = interest;
  }

  Interest interest() {
    return interest;
  }

  /**
   * Follows something else from now on. What has no state may begin anywhere whenever it is added;
   * that it begins at the right place, another test shows.
   */
  void change(Interest other) {
    note("changes to " + other);
    interest = other;
    changed = true;
  }

  long events() {
    return events;
  }

  long gaps() {
    return gaps;
  }

  /** Begins a new connection. Returns what it sends as {@code Last-Event-ID}. */
  String connect() {
    note("connects with " + lastEventId);
    if (lastEventId.isEmpty()) {
      last.clear(); // nothing has been promised to it
      gapped.clear();
    }
    parser = new EventStreamParser(LIMIT, lastEventId);
    return lastEventId;
  }

  void receive(byte[] bytes, int from, int count) {
    parser.feed(bytes, from, count);
    for (Step step = parser.next(); !(step instanceof Stop); step = parser.next()) {
      if (step instanceof Event event) {
        receive(event);
      }
    }
  }

  private void receive(Event event) {
    String type = event.type();
    lastEventId = event.lastEventId();
    String data = event.data();
    note(lastEventId + " " + type + " " + data.substring(0, Math.min(60, data.length())));
    if (type.equals("sse.gap")) {
      gaps++;
      require(event.id().isEmpty(), "a gap has no id");
      String names = data.substring(data.indexOf('[')).replaceAll("[\\[\\]{}\"]", "");
      gapped.addAll(Set.of(names.split(",")));
    } else if (type.startsWith(ModelApplication.STATE)) {
      String channel = type.substring(ModelApplication.STATE.length());
      last.put(channel, number(event));
      gapped.remove(channel);
    } else if (!type.startsWith("sse.") && !type.equals("part")) {
      require(event.id().isPresent(), "an event of a channel has an id");
      require(changed || interest.channels().contains(type), "nobody asked for " + type);
      receive(type, number(event));
    }
  }

  private void receive(String channel, long number) {
    events++;
    Long before = last.put(channel, number);
    boolean mayJump = gapped.remove(channel) || gapped.stream().anyMatch(g -> covers(g, channel));
    String what = number + " after " + before + " of " + channel;
    if (ModelApplication.hasState(channel)) {
      require(before != null, "an event without its state: " + what);
      require(!mayJump, "an event after a gap without its state: " + what);
      require(number == before + 1, what);
    } else if (before != null) {
      require(number == before + 1 || ((mayJump || changed) && number > before), what);
    }
  }

  private static boolean covers(String pattern, String channel) {
    return pattern.endsWith("*") && channel.startsWith(pattern.substring(0, pattern.length() - 1));
  }

  private static long number(Event event) {
    return Long.parseLong(event.data().substring(0, event.data().indexOf(' ')));
  }

  /** Whether it has everything, provided that nothing more is published. */
  boolean isUpToDate(ModelApplication application) {
    for (String name : application.names()) {
      if (interest.channels().contains(name)) {
        Long mine = last.get(name);
        boolean behind =
            mine == null ? ModelApplication.hasState(name) : mine != application.last(name);
        if (behind) {
          return false;
        }
      }
    }
    return true;
  }

  /** The last things that have happened to it. */
  String history() {
    return String.join("\n", history);
  }

  private void note(String what) {
    history.add(what);
    if (history.size() > 60) {
      history.remove();
    }
  }

  private void require(boolean kept, String violation) {
    if (!kept) {
      throw new AssertionError(violation + "\n" + history());
    }
  }
}
