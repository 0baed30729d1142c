package com.example.dashboard;

import dev.ssebridge.Publication;
import dev.ssebridge.Snapshot;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the dashboard shows at this moment: the newest points, alerts and builds. Every change is
 * published, and a page that has just been opened is sent the whole. Safe for concurrent use.
 */
final class Board {
  private final Map<String, Newest> channels =
      Map.of("metrics", new Newest(240), "alerts", new Newest(8), "builds", new Newest(16));

  private SseHub hub;

  /** To be called before the first change. */
  synchronized void publishTo(SseHub newHub) {
    hub = newHub;
  }

  /**
   * Changes what is shown, and says so.
   *
   * @param channel {@code metrics}, {@code alerts} or {@code builds}
   * @param key what this is the newest state of
   * @param json the state
   */
  synchronized void put(String channel, String key, String json) {
    channels.get(channel).put(key, json);
    hub.publish(Publication.of(channel, SseEvent.of(json)).latestOf(key));
  }

  /** Under the same lock as {@link #put}: no change falls between the state and its cursor. */
  synchronized Snapshot snapshot(String channel) {
    List<SseEvent> events =
        channels.get(channel).values().stream().map(json -> SseEvent.of(channel, json)).toList();
    return new Snapshot(events, hub.cursor());
  }

  private static final class Newest extends LinkedHashMap<String, String> {
    private final int most;

    Newest(int most) {
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
      return size() > most;
    }
  }
}
