package dev.ssebridge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An application for the model tests. The events of a channel are numbered 1, 2, 3 …; the state of
 * a channel that has snapshots is the number of its last event. It publishes and takes snapshots
 * under one lock of its own for each channel, as {@link Snapshot} asks it to.
 *
 * <p>Threading: safe for concurrent use.
 */
final class ModelApplication {
  /** What the type of a snapshot's last event begins with. */
  static final String STATE = "state:";

  private static final class Channel {
    final ReentrantLock lock = new ReentrantLock();
    long last;
    Snapshot kept;
    long keptAt;
  }

  private final Map<String, Channel> channels = new LinkedHashMap<>();
  private final int keepFor; // a snapshot is taken anew after so many events
  private SseHub hub;

  private ModelApplication(int keepFor) {
    this.keepFor = keepFor;
  }

  /** Channels that begin with {@code s} have snapshots. */
  static ModelApplication of(HubOptions options, int keepFor, List<String> names) {
    var application = new ModelApplication(keepFor);
    HubOptions all = options;
    for (String name : names) {
      application.channels.put(name, new Channel());
      if (hasState(name)) {
        all = all.withSnapshot(name, application::take);
      }
    }
    application.hub = SseHub.create(all);
    return application;
  }

  static boolean hasState(String channel) {
    return channel.startsWith("s");
  }

  SseHub hub() {
    return hub;
  }

  List<String> names() {
    return List.copyOf(channels.keySet());
  }

  void publish(String name, int padding) {
    Channel channel = channels.get(name);
    channel.lock.lock();
    try {
      channel.last++;
      hub.publish(name, channel.last + " " + "x".repeat(padding));
    } finally {
      channel.lock.unlock();
    }
  }

  long last(String name) {
    Channel channel = channels.get(name);
    channel.lock.lock();
    try {
      return channel.last;
    } finally {
      channel.lock.unlock();
    }
  }

  private Snapshot take(String name) {
    Channel channel = channels.get(name);
    channel.lock.lock();
    try {
      Snapshot kept = channel.kept;
      if (kept == null || channel.last - channel.keptAt >= keepFor) {
        SseEvent part = SseEvent.of("part", "of a state that is more than one event");
        SseEvent state = SseEvent.of(STATE + name, channel.last + " ");
        kept = new Snapshot(List.of(part, state), hub.cursor());
        channel.kept = kept;
        channel.keptAt = channel.last;
      }
      return kept;
    } finally {
      channel.lock.unlock();
    }
  }
}
