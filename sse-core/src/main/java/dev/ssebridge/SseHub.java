package dev.ssebridge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Named channels, and the streams that follow them. A publish encodes the event once, puts it into
 * the log and wakes the pump; streams read from the log at their own pace, so no publisher ever
 * waits for a client.
 *
 * <pre>{@code
 * SseHub hub = SseHub.create();
 * hub.publish("metrics", "{\"cpu\":0.5}");
 * }</pre>
 *
 * <p>Threading: safe for concurrent use.
 */
public final class SseHub implements AutoCloseable {
  private static final int MAX_INTERESTS = 256;

  private final EventLog log;
  private final Pump pump;
  private final boolean ownsPump;
  private final Map<String, Snapshot.Taker> snapshots;
  private final EventLog.Following following;

  /**
   * The streams to wake, by channel name or by prefix with its star. Grows with what is followed.
   */
  private final ConcurrentHashMap<String, List<PumpGroup>> followers = new ConcurrentHashMap<>();

  private final ReentrantLock interestsLock = new ReentrantLock(); // a leaf

  /** The latest interests of streams. */
  @GuardedBy("interestsLock")
  private final Map<Interest, Interest> interests =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Interest, Interest> eldest) {
          return size() > MAX_INTERESTS;
        }
      };

  private SseHub(HubOptions options) {
    EventLog givenLog = options.log();
    Pump givenPump = options.pump();
    log = givenLog == null ? new MemoryEventLog() : givenLog;
    pump = givenPump == null ? Pump.create() : givenPump;
    ownsPump = givenPump == null;
    snapshots = options.snapshots();
    following = log.follow(this::appended);
  }

  /**
   * A hub with the {@linkplain HubOptions#DEFAULTS defaults}.
   *
   * @return the hub
   */
  public static SseHub create() {
    return create(HubOptions.DEFAULTS);
  }

  /**
   * A hub.
   *
   * @param options what it is made of
   * @return the hub
   */
  public static SseHub create(HubOptions options) {
    return new SseHub(options);
  }

  /**
   * Publishes a text.
   *
   * @param channel where to; also the event's name on the wire
   * @param data the text
   * @return the event's cursor, once it is in the log
   * @throws IllegalArgumentException if the channel's name is not valid
   */
  public CompletionStage<Cursor> publish(String channel, String data) {
    return publish(Publication.of(channel, SseEvent.of(data)));
  }

  /**
   * Publishes an event.
   *
   * @param channel where to
   * @param event what; its type, if it has one, is its name on the wire instead of the channel's
   * @return the event's cursor, once it is in the log
   * @throws IllegalArgumentException if the channel's name is not valid, or the event has an id
   */
  public CompletionStage<Cursor> publish(String channel, SseEvent event) {
    return publish(Publication.of(channel, event));
  }

  /**
   * Publishes an event with its keys.
   *
   * @param publication what and where
   * @return the event's cursor, once it is in the log
   */
  public CompletionStage<Cursor> publish(Publication publication) {
    return log.append(publication);
  }

  /**
   * Publishes a value as JSON, by Jackson.
   *
   * @param channel where to
   * @param value what Jackson's default {@code ObjectMapper} can write
   * @return the event's cursor, once it is in the log
   * @throws IllegalArgumentException if Jackson cannot write the value
   * @throws IllegalStateException if jackson-databind is not on the class path
   */
  public CompletionStage<Cursor> publishJson(String channel, Object value) {
    return publish(channel, Json.write(value));
  }

  /**
   * The cursor of the newest event.
   *
   * @return the log's head
   */
  public Cursor cursor() {
    return log.head();
  }

  /**
   * Prepares a stream's way through the log: from a cursor that the client brought, or from now.
   *
   * @param interest what the stream follows
   * @param lastEventId what the client sent; null or empty if it has nothing yet. One that is no
   *     cursor is a gap, which the stream tells first
   * @return the source for the stream, to be attached once
   */
  public Subscription subscribe(Interest interest, @Nullable String lastEventId) {
    Interest wanted = shared(interest);
    Cursor head = cursor();
    if (lastEventId == null || lastEventId.isEmpty()) {
      return new Subscription(this, wanted, head, true, null);
    }
    Cursor cursor = Cursor.parse(lastEventId).orElse(null);
    if (cursor == null) {
      return new Subscription(this, wanted, head, true, "malformed");
    }
    boolean owed = cursor.epoch().equals(head.epoch() + Subscription.OWED);
    Cursor from = owed ? new Cursor(head.epoch(), cursor.offset()) : cursor;
    return new Subscription(this, wanted, from, owed, null);
  }

  /**
   * What writes the hub's streams.
   *
   * @return the pump
   */
  public Pump pump() {
    return pump;
  }

  /**
   * Ends the hub's streams in good order and closes the log. If the pump is the hub's own, it is
   * closed too, and waited for; else the streams end soon, without what they had still to read.
   */
  @Override
  public void close() {
    following.close();
    if (ownsPump) {
      pump.close();
    } else {
      followers.values().forEach(groups -> groups.forEach(PumpGroup::goAway));
    }
    log.close();
  }

  /** How many patterns streams follow. */
  int patterns() {
    return followers.size();
  }

  EventLog log() {
    return log;
  }

  /** The channels that have snapshots, as far as they are in a set; the caller's to change. */
  Map<String, Snapshot.Taker> takers(ChannelSet channels) {
    Map<String, Snapshot.Taker> takers = new TreeMap<>();
    snapshots.forEach(
        (channel, taker) -> {
          if (channels.contains(channel)) {
            takers.put(channel, taker);
          }
        });
    return takers;
  }

  /** An equal interest that others have too, since streams compare them at every read. */
  Interest shared(Interest interest) {
    interestsLock.lock();
    try {
      Interest known = interests.putIfAbsent(interest, interest);
      return known == null ? interest : known;
    } finally {
      interestsLock.unlock();
    }
  }

  /** The groups that a worker's stream belongs to for these channels. */
  List<PumpGroup> groups(PumpWorker worker, ChannelSet channels) {
    List<PumpGroup> groups = new ArrayList<>(channels.size());
    for (String name : channels.names()) {
      groups.add(group(worker, name));
    }
    for (String prefix : channels.prefixes()) {
      groups.add(group(worker, prefix + "*"));
    }
    return groups;
  }

  private PumpGroup group(PumpWorker worker, String pattern) {
    List<PumpGroup> groups =
        followers.compute(
            pattern,
            (key, existing) -> {
              if (existing != null && existing.stream().anyMatch(g -> g.worker == worker)) {
                return existing;
              }
              List<PumpGroup> more = new ArrayList<>(existing == null ? List.of() : existing);
              more.add(new PumpGroup(worker, group -> forget(key, group)));
              return List.copyOf(more);
            });
    for (PumpGroup group : groups) {
      if (group.worker == worker) {
        return group;
      }
    }
    throw new IllegalStateException("the group has just been made");
  }

  /** A group has lost its last stream. On its worker's thread, like every other use of it. */
  private void forget(String pattern, PumpGroup group) {
    followers.computeIfPresent(
        pattern,
        (key, groups) -> {
          List<PumpGroup> rest = new ArrayList<>(groups);
          rest.remove(group);
          return rest.isEmpty() ? null : List.copyOf(rest);
        });
  }

  private void appended(String channel, long offset) {
    wake(channel);
    for (int dot = channel.indexOf('.'); dot >= 0; dot = channel.indexOf('.', dot + 1)) {
      wake(channel.substring(0, dot + 1) + "*");
    }
    wake("*");
  }

  private void wake(String pattern) {
    List<PumpGroup> groups = followers.get(pattern);
    if (groups != null) {
      for (int i = 0; i < groups.size(); i++) {
        groups.get(i).enqueue();
      }
    }
  }
}
