package dev.ssebridge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One stream's way through the log of a hub: where it stands, what it wants, and what it has been
 * told is missing. Made by {@link SseHub#subscribe}, read by the stream it is given to.
 *
 * <p>Every event has an id, which is the cursor behind it, with one exception. While a {@link
 * Snapshot} has run ahead of the stream, one offset cannot say both how far the snapshot's channel
 * has come and how far the others have. Such an id is marked, {@code <epoch>~-<offset>}: a client
 * that comes back with it goes on from the offset, and is sent the snapshots again.
 *
 * <p>Threading: {@link #change} and {@link #interest} are safe from any thread; everything else is
 * the pump's.
 */
public final class Subscription implements FrameSource {
  /** Behind the epoch of an id: snapshots are still owed. */
  static final String OWED = "~";

  private static final int ID_BYTES = 27; // of an id line at most, without the epoch
  private static final int MIN_PAGE = 8;
  private static final int MAX_PAGE = 128;
  private static final int MAX_CHANGES = 64;
  private static final int MAX_NAMES_TOLD = 50; // of channels that only a prefix stands for
  private static final int MAX_ROUNDS = 8;

  /** Equal for streams to which the same offsets mean the same bytes. */
  private record Shared(EventLog log, String epoch, Interest interest) {}

  /** What is wanted from behind a cursor on. */
  private record Change(Cursor from, Interest interest) {}

  private final SseHub hub;
  private final long start;

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing is called under it

  @GuardedBy("lock")
  private Interest latest;

  @GuardedBy("lock")
  private final ArrayDeque<Change> changes = new ArrayDeque<>();

  private volatile @Nullable PumpStream stream; // written under the lock
  private volatile boolean changing; // there are changes; written under the lock

  // The pump's thread only, from here on.
  private Interest interest;
  private String epoch;
  private final boolean snapshotsFirst;
  private @Nullable String gapReason; // told before anything else, then null
  private @Nullable Shared shared;
  private boolean alone; // the last read held what concerns this stream alone
  private int page = MIN_PAGE;
  private final Map<String, Long> told = new HashMap<>(); // channel -> newest loss told of
  private final List<PumpGroup> groups = new ArrayList<>();

  private int awaited; // requests for snapshots under way; nothing is sent meanwhile
  private Map<String, Snapshot> arrived = new LinkedHashMap<>(); // to be sent with the next read
  private int rounds; // of a gap and the snapshots for it, without getting past it

  // What the client has already though it lies ahead of the stream, until that gets to settledAt.
  private final Map<String, Long> seen = new HashMap<>(); // channel -> what its snapshot stands for
  private long seenByRest; // the same for the other channels
  private long settledAt;
  private boolean settled = true;

  /**
   * Makes a subscription.
   *
   * @param from where it begins
   * @param snapshotsFirst whether the client has no state, or none that it can rely on
   * @param gapReason what to tell first, if the client's cursor was no use; null if it was
   */
  Subscription(
      SseHub hub,
      Interest interest,
      Cursor from,
      boolean snapshotsFirst,
      @Nullable String gapReason) {
    this.hub = hub;
    this.latest = interest;
    this.interest = interest;
    this.epoch = from.epoch();
    this.start = from.offset();
    this.snapshotsFirst = snapshotsFirst;
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
   * What it follows.
   *
   * @return the last interest that was set
   */
  public Interest interest() {
    lock.lock();
    try {
      return latest;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Follows something else from now on, without a reconnection. The change has a place in the log:
   * up to the head as it is now the stream still sends what it was to send before, however far
   * behind it is, and from there on what is wanted now. Channels that are new begin there, after
   * their snapshot where they have one.
   *
   * @param newInterest what to follow
   */
  public void change(Interest newInterest) {
    Interest wanted = hub.shared(newInterest);
    Cursor from = hub.cursor();
    PumpStream reading;
    lock.lock();
    try {
      latest = wanted;
      reading = stream;
      if (reading == null) {
        return; // not attached yet: it begins with this
      }
      Change last = changes.peekLast();
      if (last != null && changes.size() == MAX_CHANGES) {
        changes.removeLast(); // and the new channels begin a little earlier
        from = last.from;
      } else if (last != null && isBehind(last.from, from)) {
        from = last.from; // two threads changed at once
      }
      changes.add(new Change(from, wanted));
      changing = true;
    } finally {
      lock.unlock();
    }
    reading.execute(
        () -> {
          join(reading);
          reading.wake();
        });
  }

  private static boolean isBehind(Cursor one, Cursor other) {
    return one.epoch().equals(other.epoch()) && one.offset() > other.offset();
  }

  @Override
  public void attached(PumpStream reading) {
    lock.lock();
    try {
      if (stream != null) {
        throw new IllegalStateException("a subscription is of one stream");
      }
      stream = reading;
      interest = latest;
    } finally {
      lock.unlock();
    }
    join(reading);
    if (snapshotsFirst) {
      requestSnapshots(hub.takers(interest.channels()));
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

  /** Is woken by what was last asked for. The rest of what was asked for before is in the log. */
  private void join(PumpStream reading) {
    List<PumpGroup> joined = hub.groups(reading.worker, interest().channels());
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

  @Override
  public long read(long position, FrameEncoder out) {
    alone = isAlone();
    if (gapReason != null) {
      writeGap(out, gapReason, patternsOf(interest.channels()));
      gapReason = null;
    }
    if (awaited > 0) {
      return position;
    }
    long at = arrived.isEmpty() ? position : writeSnapshots(position, out);
    while (!out.isFull()) {
      Replay replay = hub.log().read(new Cursor(epoch, at), interest.channels(), page);
      // After the read: what a change must not miss has been appended after it was made.
      Change change = nextChange();
      if (change != null && isDue(change, at)) {
        follow(change);
      } else if (replay instanceof Replay.Gapped gapped && tell(gapped, at, out)) {
        at = gapped.reason() == Replay.Gap.EPOCH ? 0 : at;
      } else {
        long until = change == null ? Long.MAX_VALUE : change.from.offset();
        boolean last = replay.entries().size() < page;
        at = write(replay, at, until, out);
        adaptPage(replay, at);
        if (last && at < until) {
          return at;
        }
      }
      if (awaited > 0) {
        return at;
      }
    }
    return at;
  }

  /** Writes what a replay has for this stream. Returns where to read on. */
  private long write(Replay replay, long from, long until, FrameEncoder out) {
    rounds = 0;
    long at = from;
    for (Replay.Entry entry : replay.entries()) {
      if (entry.offset() > until) {
        break;
      }
      boolean isNew = interest.wants(entry.frame()) && entry.offset() > seenOf(entry.channel());
      if (isNew && !out.hasRoomFor(epoch.length() + ID_BYTES + entry.frame().length())) {
        return at;
      }
      at = entry.offset();
      settle(at);
      if (isNew) {
        writeId(at, out);
        out.frame(entry.frame());
      }
    }
    at = Math.min(replay.next().offset(), until);
    settle(at);
    return at;
  }

  /** As many entries as fill a run, so that a long backlog is not read again and again. */
  private void adaptPage(Replay replay, long at) {
    int size = replay.entries().size();
    if (size == page) {
      boolean left = replay.entries().get(size - 1).offset() > at;
      page = left ? Math.max(page / 2, MIN_PAGE) : Math.min(page * 2, MAX_PAGE);
    }
  }

  private void writeId(long at, FrameEncoder out) {
    if (settled) {
      out.id(epoch, at);
    } else {
      out.id(epoch + OWED, Math.max(at, seenByRest));
    }
  }

  private long seenOf(String channel) {
    return settled ? 0 : seen.getOrDefault(channel, seenByRest);
  }

  /** From there on, an offset alone says what the client has. */
  private void settle(long at) {
    if (!settled && at >= settledAt) {
      settled = true;
      seen.clear();
      seenByRest = 0;
    }
  }

  // Changes of the interest.

  private @Nullable Change nextChange() {
    if (!changing) {
      return null;
    }
    lock.lock();
    try {
      return changes.peekFirst();
    } finally {
      lock.unlock();
    }
  }

  private boolean isDue(Change change, long at) {
    return at >= change.from.offset() || !change.from.epoch().equals(epoch);
  }

  private void follow(Change change) {
    lock.lock();
    try {
      changes.remove(change);
      changing = !changes.isEmpty();
    } finally {
      lock.unlock();
    }
    Map<String, Snapshot.Taker> added = hub.takers(change.interest.channels());
    added.keySet().removeIf(interest.channels()::contains);
    interest = change.interest;
    requestSnapshots(added);
  }

  // Gaps.

  /**
   * Tells of what is missing, once. Returns whether what was read is of no use: the log has begun
   * anew, or snapshots come first.
   */
  private boolean tell(Replay.Gapped gapped, long at, FrameEncoder out) {
    alone = true;
    ChannelSet channels = interest.channels();
    if (gapped.reason() == Replay.Gap.EPOCH) {
      epoch = gapped.next().epoch();
      told.clear();
      told.putAll(gapped.lost());
      settle(Long.MAX_VALUE);
      writeGap(out, "epoch", patternsOf(channels));
      requestSnapshots(hub.takers(channels));
      return true;
    }
    Map<String, Long> news = newsOf(gapped);
    if (news.isEmpty()) {
      return false;
    }
    told.values().removeIf(newest -> newest <= at);
    told.putAll(news);
    writeGap(out, "expired", namesOf(news, channels));
    Map<String, Snapshot.Taker> takers = hub.takers(channels);
    ChannelSet lost = ChannelSet.of(news.keySet());
    takers.keySet().removeIf(channel -> !lost.contains(channel));
    if (!takers.isEmpty() && ++rounds > MAX_ROUNDS) {
      throw new IllegalStateException(
          "snapshots of %s are older than what the log has lost".formatted(takers.keySet()));
    }
    requestSnapshots(takers);
    return awaited > 0;
  }

  /** What is missing and has neither been told nor been made up for by a snapshot. */
  private Map<String, Long> newsOf(Replay.Gapped gapped) {
    var news = new TreeMap<>(gapped.lost());
    news.entrySet().removeIf(one -> one.getValue() <= told.getOrDefault(one.getKey(), 0L));
    news.entrySet().removeIf(one -> one.getValue() <= seenOf(one.getKey()));
    return news;
  }

  /** Where very many channels of a prefix have lost something, the prefix stands for them. */
  private static List<String> namesOf(Map<String, Long> lost, ChannelSet channels) {
    List<String> named = new ArrayList<>(lost.keySet());
    named.removeIf(name -> !channels.names().contains(name));
    if (lost.size() - named.size() <= MAX_NAMES_TOLD) {
      return List.copyOf(lost.keySet());
    }
    channels.prefixes().forEach(prefix -> named.add(prefix + "*"));
    return named;
  }

  private static List<String> patternsOf(ChannelSet channels) {
    List<String> names = new ArrayList<>(channels.names());
    channels.prefixes().forEach(prefix -> names.add(prefix + "*"));
    return names;
  }

  private static void writeGap(FrameEncoder out, String reason, List<String> channels) {
    // Names of channels and reasons have no character that JSON would escape.
    String names = String.join("\",\"", channels);
    out.event("sse.gap", "{\"reason\":\"" + reason + "\",\"channels\":[\"" + names + "\"]}");
  }

  // Snapshots.

  private void requestSnapshots(Map<String, Snapshot.Taker> takers) {
    PumpStream reading = stream;
    if (takers.isEmpty() || reading == null) {
      return;
    }
    awaited++;
    reading.worker.pump.callBack(
        () -> {
          Map<String, Snapshot> taken = new LinkedHashMap<>();
          try {
            takers.forEach((channel, taker) -> taken.put(channel, taker.take(channel)));
          } catch (RuntimeException | Error fault) {
            Pump.LOG.log(System.Logger.Level.ERROR, "a snapshot could not be taken", fault);
            reading.endNow(StreamEnd.FAILED); // the client comes back and asks again
            return;
          }
          reading.execute(
              () -> {
                awaited--;
                arrived.putAll(taken);
                reading.wake();
              });
        });
  }

  /**
   * Sends the state of channels. A snapshot may be of a moment that the stream has not reached yet,
   * or that it has passed already: what each channel's reader has seen is remembered until the
   * stream is past all of it. Returns where to read on.
   */
  private long writeSnapshots(long position, FrameEncoder out) {
    Map<String, Snapshot> snapshots = arrived;
    arrived = new LinkedHashMap<>();
    snapshots.keySet().removeIf(channel -> !interest.channels().contains(channel));
    if (snapshots.isEmpty()) {
      return position;
    }
    seen.replaceAll((channel, offset) -> Math.max(offset, position));
    seenByRest = Math.max(seenByRest, position);
    long at = position;
    Cursor head = hub.cursor();
    List<Frame> frames = new ArrayList<>();
    for (Map.Entry<String, Snapshot> one : snapshots.entrySet()) {
      String channel = one.getKey();
      Cursor asOf = one.getValue().asOf();
      if (!asOf.epoch().equals(head.epoch()) || asOf.offset() > head.offset()) {
        throw new IllegalStateException(
            "the snapshot of " + channel + " is of " + asOf + ", the hub is at " + head);
      }
      at = Math.min(at, asOf.offset());
      seen.put(channel, asOf.offset());
      told.remove(channel); // what was lost after the snapshot is news again
      for (SseEvent event : one.getValue().events()) {
        frames.add(FrameEncoder.frame(event, channel));
      }
    }
    frames.removeIf(frame -> !interest.wants(frame));
    settledAt = seen.values().stream().mapToLong(Long::longValue).reduce(seenByRest, Math::max);
    settled = false;
    at = skipSeen(at);
    settle(at);
    for (int i = 0; i < frames.size(); i++) {
      if (i == frames.size() - 1) {
        writeId(at, out);
      }
      out.frame(frames.get(i));
    }
    return at;
  }

  /** If nothing more is to come up to where all is settled, that is where the stream stands. */
  private long skipSeen(long from) {
    Replay replay = hub.log().read(new Cursor(epoch, from), interest.channels(), MAX_PAGE);
    Change change = nextChange();
    boolean gap =
        replay instanceof Replay.Gapped gapped
            && (gapped.reason() == Replay.Gap.EPOCH || !newsOf(gapped).isEmpty());
    if (gap || (change != null && isDue(change, settledAt))) {
      return from;
    }
    for (Replay.Entry entry : replay.entries()) {
      if (interest.wants(entry.frame()) && entry.offset() > seenOf(entry.channel())) {
        return from;
      }
    }
    return Math.min(replay.next().offset(), settledAt);
  }

  // What streams share.

  private boolean isAlone() {
    return gapReason != null || awaited > 0 || !arrived.isEmpty() || !settled || changing;
  }

  @Override
  public @Nullable Object sharedKey() {
    if (alone || isAlone()) {
      alone = false;
      return null;
    }
    Shared key = shared;
    if (key == null || !key.epoch.equals(epoch) || !key.interest.equals(interest)) {
      key = new Shared(hub.log(), epoch, interest);
      shared = key;
    }
    return key;
  }
}
