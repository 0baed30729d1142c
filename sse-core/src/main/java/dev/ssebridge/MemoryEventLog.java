package dev.ssebridge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A log in the memory of one process. Its epoch is new with every instance, so a client that comes
 * back after a restart is told of a gap instead of being continued at the wrong place.
 *
 * <p>Threading: safe for concurrent use. One short lock; what it guards is encoded before and
 * written after.
 */
public final class MemoryEventLog implements EventLog {
  /** How many forgotten channels are still known by what they lost: a name and a number each. */
  static final int MAX_DEPARTED = 10_000;

  private record OnceKey(String channel, String key) {}

  private final Retention retention;
  private final LongSupplier nanos;
  private final String epoch;
  private final long maxAge; // nanoseconds, like the next
  private final long channelIdle;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing foreign runs under it

  @GuardedBy("lock")
  private final Map<String, ChannelRing> channels = new HashMap<>();

  /** Channels that hold something, by the offset of their oldest event. */
  @GuardedBy("lock")
  private final TreeMap<Long, ChannelRing> byOldest = new TreeMap<>();

  @GuardedBy("lock")
  private final Map<OnceKey, Cursor> idempotent;

  /**
   * What forgotten channels have lost, so that a reader who comes back to one that has been idle
   * for long is not told of a gap that it does not have.
   */
  @GuardedBy("lock")
  private final Map<String, Long> departed = new LinkedHashMap<>();

  /** Both ends of the list of channels, which is in the order of their newest events. */
  @GuardedBy("lock")
  private @Nullable ChannelRing newest;

  @GuardedBy("lock")
  private @Nullable ChannelRing idlest;

  @GuardedBy("lock")
  private long head;

  @GuardedBy("lock")
  private long totalBytes;

  /** The newest offset that a channel has lost of which not even the name is known any more. */
  @GuardedBy("lock")
  private long forgotten;

  /** The newest offset that any channel has lost. */
  @GuardedBy("lock")
  private long newestLoss;

  @GuardedBy("lock")
  private boolean closed;

  /** A log with the default retention. */
  public MemoryEventLog() {
    this(Retention.DEFAULTS);
  }

  /**
   * A log.
   *
   * @param retention what it keeps
   */
  public MemoryEventLog(Retention retention) {
    this(retention, System::nanoTime, newEpoch());
  }

  /**
   * A log with a clock and an epoch of the caller's, for tests.
   *
   * @param retention what it keeps
   * @param nanos the clock, in nanoseconds
   * @param epoch a fresh one with every sequence of offsets
   * @throws IllegalArgumentException if the epoch is longer than {@value #MAX_EPOCH_LENGTH}, or not
   *     one of a {@link Cursor}
   */
  public MemoryEventLog(Retention retention, LongSupplier nanos, String epoch) {
    this.retention = retention;
    this.nanos = nanos;
    this.epoch = new Cursor(epoch, 0).epoch();
    if (epoch.length() > MAX_EPOCH_LENGTH) {
      throw new IllegalArgumentException(
          "epoch must have at most " + MAX_EPOCH_LENGTH + " characters: " + epoch);
    }
    this.maxAge = retention.maxAge().toNanos();
    this.channelIdle = Math.max(maxAge, retention.channelIdle().toNanos());
    this.idempotent =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<OnceKey, Cursor> eldest) {
            return size() > retention.maxIdempotencyKeys();
          }
        };
  }

  private static String newEpoch() {
    return Long.toString(new SecureRandom().nextLong() & Long.MAX_VALUE, Character.MAX_RADIX);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the event alone is larger than the log may be
   */
  @Override
  public CompletionStage<Cursor> append(Publication publication) {
    Frame frame = FrameEncoder.frame(publication.event(), publication.channel());
    if (frame.length() > Math.min(retention.maxBytes(), retention.maxTotalBytes())) {
      throw new IllegalArgumentException(
          "an event of %d bytes is larger than the log may be: %s"
              .formatted(frame.length(), retention));
    }
    String key = publication.idempotencyKey();
    OnceKey once = key == null ? null : new OnceKey(publication.channel(), key);
    Cursor cursor;
    lock.lock();
    try {
      if (closed) {
        return CompletableFuture.failedFuture(new IllegalStateException("the log is closed"));
      }
      Cursor first = once == null ? null : idempotent.get(once);
      if (first != null) {
        return CompletableFuture.completedFuture(first);
      }
      cursor = new Cursor(epoch, ++head);
      if (once != null) {
        idempotent.put(once, cursor);
      }
      add(publication.channel(), frame, publication.conflationKey());
    } finally {
      lock.unlock();
    }
    for (Follower follower : followers) {
      tell(follower, publication.channel(), cursor.offset());
    }
    return CompletableFuture.completedFuture(cursor);
  }

  /** Puts the event of offset {@link #head} where it belongs, and what is too much out. */
  @GuardedBy("lock")
  private void add(String channel, Frame frame, @Nullable String conflationKey) {
    long now = nanos.getAsLong();
    expire(now);
    ChannelRing ring = channels.get(channel);
    if (ring == null) {
      Long lost = departed.remove(channel);
      ring = new ChannelRing(channel, lost == null ? forgotten : lost);
      channels.put(channel, ring);
    }
    long oldest = ring.oldestOffset();
    long bytes = ring.bytes();
    ring.add(head, frame, now, conflationKey);
    if (ring != newest) {
      unlink(ring);
      link(ring);
    }
    while (ring.size() > retention.maxEvents() || ring.bytes() > retention.maxBytes()) {
      newestLoss = Math.max(newestLoss, ring.evictOldest());
    }
    index(ring, oldest, bytes);
    while (totalBytes > retention.maxTotalBytes()) {
      evict(byOldest.firstEntry().getValue());
    }
  }

  private static void tell(Follower follower, String channel, long offset) {
    try {
      follower.appended(channel, offset);
    } catch (RuntimeException fault) { // neither the publisher's nor the other followers'
      Pump.LOG.log(System.Logger.Level.ERROR, "a follower of the log failed", fault);
    }
  }

  @Override
  public Replay read(Cursor after, ChannelSet set, int maxEvents) {
    if (maxEvents < 1) {
      throw new IllegalArgumentException("maxEvents must be at least 1: " + maxEvents);
    }
    lock.lock();
    try {
      expire(nanos.getAsLong());
      boolean known = after.epoch().equals(epoch) && after.offset() <= head;
      if (known && after.offset() == head) {
        return new Replay.Complete(List.of(), after);
      }
      long from = known ? after.offset() : 0;
      List<Replay.Entry> entries = new ArrayList<>();
      boolean all = collect(set, from, maxEvents, entries);
      var next = new Cursor(epoch, all ? head : entries.get(entries.size() - 1).offset());
      Map<String, Long> lost = newestLoss > from ? lost(set, from) : new TreeMap<>();
      if (!known) {
        set.names().forEach(name -> lost.putIfAbsent(name, 0L));
        set.prefixes().forEach(prefix -> lost.putIfAbsent(prefix + "*", 0L));
        return new Replay.Gapped(Replay.Gap.EPOCH, lost, entries, next);
      }
      return lost.isEmpty()
          ? new Replay.Complete(entries, next)
          : new Replay.Gapped(Replay.Gap.EXPIRED, lost, entries, next);
    } finally {
      lock.unlock();
    }
  }

  /** Adds what follows an offset, merged by offset. Returns whether that was all. */
  @GuardedBy("lock")
  private boolean collect(ChannelSet set, long from, int maxEvents, List<Replay.Entry> entries) {
    var merge = new PriorityQueue<ChannelRing.Place>();
    for (String name : set.names()) {
      ChannelRing ring = channels.get(name);
      if (ring != null && ring.newestOffset() > from) {
        addPlace(ring, from, merge);
      }
    }
    if (!set.prefixes().isEmpty()) {
      ChannelRing ring = newest;
      while (ring != null && ring.newestOffset() > from) { // the rest have nothing new
        if (!set.names().contains(ring.name()) && set.contains(ring.name())) {
          addPlace(ring, from, merge);
        }
        ring = ring.older;
      }
    }
    while (entries.size() < maxEvents && !merge.isEmpty()) {
      ChannelRing.Place place = merge.remove();
      entries.add(place.entry());
      if (place.advance()) {
        merge.add(place);
      }
    }
    return merge.isEmpty();
  }

  private static void addPlace(
      ChannelRing ring, long from, PriorityQueue<ChannelRing.Place> merge) {
    ChannelRing.Place place = ring.after(from);
    if (place != null) {
      merge.add(place);
    }
  }

  /** The channels of the set that have lost something after an offset, and the newest of that. */
  @GuardedBy("lock")
  private Map<String, Long> lost(ChannelSet set, long from) {
    Map<String, Long> lost = new TreeMap<>();
    for (String name : set.names()) {
      ChannelRing ring = channels.get(name);
      long newestLost = ring != null ? ring.evicted() : departed.getOrDefault(name, forgotten);
      if (newestLost > from) {
        lost.put(name, newestLost);
      }
    }
    if (!set.prefixes().isEmpty()) {
      for (ChannelRing ring : channels.values()) {
        if (ring.evicted() > from && set.contains(ring.name())) {
          lost.put(ring.name(), ring.evicted());
        }
      }
      departed.forEach(
          (name, newestLost) -> {
            if (newestLost > from && set.contains(name)) {
              lost.put(name, newestLost);
            }
          });
      if (forgotten > from) { // it may have been one of these
        set.prefixes().forEach(prefix -> lost.put(prefix + "*", forgotten));
      }
    }
    return lost;
  }

  @Override
  public Cursor head() {
    lock.lock();
    try {
      return new Cursor(epoch, head);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Following follow(Follower follower) {
    followers.add(follower);
    var open = new AtomicBoolean(true);
    return () -> {
      if (open.compareAndSet(true, false)) {
        followers.remove(follower);
      }
    };
  }

  @Override
  public void close() {
    followers.clear();
    lock.lock();
    try {
      closed = true;
      channels.clear();
      newest = null;
      idlest = null;
      byOldest.clear();
      idempotent.clear();
      departed.clear();
      totalBytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what is too old, and forgets channels that have been idle for long. */
  @GuardedBy("lock")
  private void expire(long now) {
    Map.Entry<Long, ChannelRing> oldest = byOldest.firstEntry();
    while (oldest != null && now - oldest.getValue().oldestTime() > maxAge) {
      evict(oldest.getValue());
      oldest = byOldest.firstEntry();
    }
    ChannelRing ring = idlest;
    while (ring != null && now - ring.lastTime() > channelIdle) { // and so empty by now
      unlink(ring);
      channels.remove(ring.name());
      departed.put(ring.name(), ring.evicted());
      ring = idlest;
    }
    for (var losses = departed.values().iterator(); departed.size() > MAX_DEPARTED; ) {
      forgotten = Math.max(forgotten, losses.next());
      losses.remove();
    }
  }

  @GuardedBy("lock")
  private void link(ChannelRing ring) {
    ring.older = newest;
    if (newest == null) {
      idlest = ring;
    } else {
      newest.newer = ring;
    }
    newest = ring;
  }

  /** Takes a channel out of the list, if it is in it. */
  @GuardedBy("lock")
  private void unlink(ChannelRing ring) {
    ChannelRing older = ring.older;
    ChannelRing newer = ring.newer;
    if (older != null) {
      older.newer = newer;
    } else if (idlest == ring) {
      idlest = newer;
    }
    if (newer != null) {
      newer.older = older;
    } else if (newest == ring) {
      newest = older;
    }
    ring.older = null;
    ring.newer = null;
  }

  @GuardedBy("lock")
  private void evict(ChannelRing ring) {
    long oldest = ring.oldestOffset();
    long bytes = ring.bytes();
    newestLoss = Math.max(newestLoss, ring.evictOldest());
    index(ring, oldest, bytes);
  }

  /** How many channels it knows more of than their name. */
  int channels() {
    lock.lock();
    try {
      return channels.size();
    } finally {
      lock.unlock();
    }
  }

  /** Accounts for a change of a ring. */
  @GuardedBy("lock")
  private void index(ChannelRing ring, long oldestBefore, long bytesBefore) {
    totalBytes += ring.bytes() - bytesBefore;
    long oldest = ring.oldestOffset();
    if (oldest != oldestBefore) {
      byOldest.remove(oldestBefore);
      if (oldest != 0) {
        byOldest.put(oldest, ring);
      }
    }
  }
}
