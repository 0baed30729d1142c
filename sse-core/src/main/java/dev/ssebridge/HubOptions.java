package dev.ssebridge;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a hub is made of. Immutable; start from {@link #DEFAULTS} and change with the {@code with}
 * methods.
 */
public final class HubOptions {
  /** A log in memory with the default retention, a pump of its own, no snapshots. */
  public static final HubOptions DEFAULTS = new HubOptions(null, null, Map.of());

  private final @Nullable EventLog log;
  private final @Nullable Pump pump;
  private final Map<String, Snapshot.Taker> snapshots;

  private HubOptions(
      @Nullable EventLog log, @Nullable Pump pump, Map<String, Snapshot.Taker> snapshots) {
    this.log = log;
    this.pump = pump;
    this.snapshots = snapshots;
  }

  /**
   * A copy with another log. The hub closes it.
   *
   * @param newLog for example one that several nodes share
   * @return the copy
   */
  public HubOptions withLog(EventLog newLog) {
    return new HubOptions(newLog, pump, snapshots);
  }

  /**
   * A copy with a pump that is shared with others. The hub does not close it.
   *
   * @param newPump writes the streams
   * @return the copy
   */
  public HubOptions withPump(Pump newPump) {
    return new HubOptions(log, newPump, snapshots);
  }

  /**
   * A copy in which a new or gapped subscriber of a channel is first sent its state.
   *
   * @param channel the channel's name
   * @param taker takes the snapshots
   * @return the copy
   */
  public HubOptions withSnapshot(String channel, Snapshot.Taker taker) {
    Map<String, Snapshot.Taker> more = new LinkedHashMap<>(snapshots);
    more.put(ChannelSet.requireName(channel), taker);
    return new HubOptions(log, pump, Map.copyOf(more));
  }

  @Nullable EventLog log() {
    return log;
  }

  @Nullable Pump pump() {
    return pump;
  }

  Map<String, Snapshot.Taker> snapshots() {
    return snapshots;
  }
}
