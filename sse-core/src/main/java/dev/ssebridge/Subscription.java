package dev.ssebridge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One stream's way through the log of a hub: where it stands, what it wants, and what it has been
 * told is missing. Made by {@link SseHub#subscribe}, read by the stream it is given to.
 *
 * <p>Threading: {@link #change} is safe from any thread; everything else is the pump's.
 */
public final class Subscription implements FrameSource {
  private static final int PAGE = 128;

  /** Equal for streams to which the same offsets mean the same bytes. */
  private record Shared(EventLog log, String epoch, Interest interest) {}

  private final SseHub hub;
  private volatile Interest interest;
  private volatile @Nullable PumpStream stream;

  // The pump's thread only, from here on.
  private String epoch;
  private final long start;
  private final boolean fresh;
  private @Nullable String gapReason; // told before anything else, then null
  private @Nullable Shared shared;
  private boolean privateRead; // the last read held what concerns this stream alone
  private final Map<String, Long> told = new HashMap<>(); // channel -> newest loss told of
  private final List<PumpGroup> groups = new ArrayList<>();

  // Between asking for snapshots and having sent all that they overlap with.
  private boolean awaitingSnapshots;
  private @Nullable Map<String, Snapshot> arrived; // to be sent with the next read
  private final Map<String, Long> covered = new HashMap<>(); // channel -> newest in its snapshot
  private long coveredTo; // the newest of those; ids are left out until then

  /**
   * Makes a subscription.
   *
   * @param from where it begins
   * @param fresh whether the client has nothing yet, so that snapshots come first
   * @param gapReason what to tell first, if the client's cursor was no use; null if it was
   */
  Subscription(
      SseHub hub, Interest interest, Cursor from, boolean fresh, @Nullable String gapReason) {
    this.hub = hub;
    this.interest = interest;
    this.epoch = from.epoch();
    this.start = from.offset();
    this.fresh = fresh;
    this.gapReason = gapReason;
  }

  /**
   * Where the stream begins: the position to attach with.
   *
   * @return an offset of the hub's log
   */
  public long start() {
    return start;
  }

  /**
   * What it follows now.
   *
   * @return the last interest that was set
   */
  public Interest interest() {
    return interest;
  }

  /**
   * Follows something else from here on, without a reconnection. Channels that are new begin with
   * what comes from now on, after their snapshot where they have one.
   *
   * @param newInterest what to follow
   */
  public void change(Interest newInterest) {
    PumpStream reading = stream;
    if (reading == null) {
      ChannelSet before = interest.channels();
      interest = newInterest;
      reading = stream;
      if (reading != null) { // attached meanwhile, perhaps to what was wanted before
        follow(reading, before, newInterest);
      }
      return;
    }
    follow(reading, null, newInterest);
  }

  /**
   * Joins what is new and leaves what is not followed any more, on the pump's thread.
   *
   * @param replaced what was followed before; null: what is followed when this runs
   */
  private void follow(PumpStream reading, @Nullable ChannelSet replaced, Interest newInterest) {
    reading.worker.execute(
        () -> {
          if (reading.isEnded()) {
            return;
          }
          ChannelSet before = replaced == null ? interest.channels() : replaced;
          interest = newInterest;
          shared = null;
          join(reading);
          var added = new TreeSet<>(newInterest.channels().names());
          added.removeIf(before::contains);
          requestSnapshots(added);
          reading.wake();
        });
  }

  @Override
  public void attached(PumpStream reading) {
    stream = reading;
    join(reading);
    if (fresh || gapReason != null) {
      requestSnapshots(interest.channels().names());
    }
  }

  @Override
  public void ended() {
    PumpStream reading = stream;
    if (reading != null) {
      groups.forEach(group -> group.remove(reading));
      groups.clear();
    }
  }

  private void join(PumpStream reading) {
    List<PumpGroup> joined = hub.groups(reading.worker, interest.channels());
    for (PumpGroup group : groups) {
      if (!joined.contains(group)) {
        group.remove(reading);
      }
    }
    for (PumpGroup group : joined) {
      if (!groups.contains(group)) {
        group.add(reading);
      }
    }
    groups.clear();
    groups.addAll(joined);
  }

  private void requestSnapshots(Iterable<String> channels) {
    Map<String, Snapshot.Taker> takers = new LinkedHashMap<>();
    for (String channel : channels) {
      Snapshot.Taker taker = hub.taker(channel);
      if (taker != null) {
        takers.put(channel, taker);
      }
    }
    PumpStream reading = stream;
    if (takers.isEmpty() || reading == null) {
      return;
    }
    awaitingSnapshots = true;
    reading.worker.pump.callBack(
        () -> {
          Map<String, Snapshot> taken = new LinkedHashMap<>();
          try {
            takers.forEach((channel, taker) -> taken.put(channel, taker.take(channel)));
          } catch (RuntimeException fault) {
            Pump.LOG.log(System.Logger.Level.ERROR, "a snapshot could not be taken", fault);
            reading.endNow(StreamEnd.FAILED); // the client comes back and asks again
            return;
          }
          reading.worker.execute(
              () -> {
                awaitingSnapshots = false;
                arrived = taken;
                reading.wake();
              });
        });
  }

  @Override
  public long read(long position, FrameEncoder out) {
    privateRead = false;
    if (gapReason != null) {
      privateRead = true;
      writeGap(out, gapReason, namesOf(interest.channels()));
      gapReason = null;
    }
    if (awaitingSnapshots) {
      return position;
    }
    long at = position;
    if (arrived != null) {
      privateRead = true;
      writeSnapshots(arrived, out);
      arrived = null;
    }
    while (out.length() < Pump.RUN_BYTES) {
      Interest wanted = interest;
      Replay replay = hub.log().read(new Cursor(epoch, at), wanted.channels(), PAGE);
      if (replay instanceof Replay.Gapped gapped && tell(gapped, out)) {
        return at; // snapshots come first
      }
      epoch = replay.next().epoch();
      for (Replay.Entry entry : replay.entries()) {
        if (wanted.wants(entry) && !isCovered(entry)) {
          if (out.length() > 0 && out.length() + entry.frame().length() > Pump.RUN_BYTES) {
            return at;
          }
          uncover(entry.offset());
          if (covered.isEmpty()) {
            out.id(epoch, entry.offset());
          }
          out.frame(entry.frame());
        }
        at = entry.offset();
      }
      if (replay.entries().size() < PAGE) {
        at = replay.next().offset();
        uncover(at);
        return at;
      }
    }
    return at;
  }

  private boolean isCovered(Replay.Entry entry) {
    if (covered.isEmpty()) {
      return false;
    }
    privateRead = true;
    return entry.offset() <= covered.getOrDefault(entry.channel(), 0L);
  }

  /** Past the newest snapshot, an offset alone says again what the client has. */
  private void uncover(long offset) {
    if (offset >= coveredTo) {
      covered.clear();
    }
  }

  /**
   * Sends the state of the channels. Its last event has an id only if one cursor stands for all
   * that is followed; without, a client that breaks off before the log has caught up starts anew.
   */
  private void writeSnapshots(Map<String, Snapshot> snapshots, FrameEncoder out) {
    Cursor head = hub.cursor();
    long first = Long.MAX_VALUE;
    for (Map.Entry<String, Snapshot> one : snapshots.entrySet()) {
      Cursor asOf = one.getValue().asOf();
      if (!asOf.epoch().equals(head.epoch()) || asOf.offset() > head.offset()) {
        throw new IllegalStateException(
            "the snapshot of " + one.getKey() + " is of " + asOf + ", the hub is at " + head);
      }
      covered.merge(one.getKey(), asOf.offset(), Math::max);
      coveredTo = Math.max(coveredTo, asOf.offset());
      first = Math.min(first, asOf.offset());
    }
    boolean all = covered.keySet().equals(interest.channels().names());
    boolean numbered = first == coveredTo && all && interest.channels().prefixes().isEmpty();
    int left = snapshots.values().stream().mapToInt(snapshot -> snapshot.events().size()).sum();
    for (Map.Entry<String, Snapshot> one : snapshots.entrySet()) {
      for (SseEvent event : one.getValue().events()) {
        left--;
        if (numbered && left == 0) {
          out.id(head.epoch(), coveredTo);
        }
        out.frame(FrameEncoder.frame(event, one.getKey()));
      }
    }
  }

  /** Tells of what is missing, once. Returns true if snapshots will stand in for it. */
  private boolean tell(Replay.Gapped gapped, FrameEncoder out) {
    privateRead = true;
    var news = new TreeMap<>(gapped.lost());
    if (gapped.reason() == Replay.Gap.EXPIRED) {
      news.entrySet().removeIf(one -> one.getValue() <= told.getOrDefault(one.getKey(), 0L));
      news.entrySet().removeIf(one -> one.getValue() <= covered.getOrDefault(one.getKey(), 0L));
    } else {
      told.clear();
      covered.clear();
      coveredTo = 0;
    }
    if (news.isEmpty()) {
      return false;
    }
    told.putAll(news);
    writeGap(out, gapped.reason().name().toLowerCase(Locale.ROOT), new ArrayList<>(news.keySet()));
    requestSnapshots(news.keySet());
    return awaitingSnapshots;
  }

  private static void writeGap(FrameEncoder out, String reason, List<String> channels) {
    // Names of channels and reasons have no character that JSON would escape.
    out.event(
        "sse.gap",
        "{\"reason\":\""
            + reason
            + "\",\"channels\":[\""
            + String.join("\",\"", channels)
            + "\"]}");
  }

  private static List<String> namesOf(ChannelSet channels) {
    List<String> names = new ArrayList<>(channels.names());
    channels.prefixes().forEach(prefix -> names.add(prefix + "*"));
    return names;
  }

  @Override
  public @Nullable Object sharedKey() {
    boolean alone = privateRead || gapReason != null || awaitingSnapshots || arrived != null;
    if (alone || !covered.isEmpty()) {
      privateRead = false;
      return null;
    }
    Shared key = shared;
    Interest wanted = interest;
    if (key == null || !key.epoch.equals(epoch) || !key.interest.equals(wanted)) {
      key = new Shared(hub.log(), epoch, wanted);
      shared = key;
    }
    return key;
  }
}
