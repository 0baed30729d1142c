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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * A log in the memory of one process. Its epoch is new with every instance, so a client that comes
 * back after a restart is told of a gap instead of being continued at the wrong place.
 *
 * <p>Threading: safe for concurrent use. One short lock; what it guards is encoded before and
 * written after.
 */
public final class MemoryEventLog implements EventLog {
  private final Retention retention;
  private final LongSupplier nanos;
  private final String epoch;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();

  private final ReentrantLock lock = new ReentrantLock(); // a leaf: nothing foreign runs under it

  @GuardedBy("lock")
  private final Map<String, ChannelRing> channels = new HashMap<>();

  /** Channels that hold something, by the offset of their oldest event. */
  @GuardedBy("lock")
  private final TreeMap<Long, ChannelRing> byOldest = new TreeMap<>();

  @GuardedBy("lock")
  private final Map<String, Long> idempotent;

  @GuardedBy("lock")
  private long head;

  @GuardedBy("lock")
  private long totalBytes;

  /** The newest offset that any forgotten channel has lost. */
  @GuardedBy("lock")
  private long forgotten;

  @GuardedBy("lock")
  private long nextForgetting;

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
   */
  public MemoryEventLog(Retention retention, LongSupplier nanos, String epoch) {
    this.retention = retention;
    this.nanos = nanos;
    this.nextForgetting = nanos.getAsLong();
    this.epoch = new Cursor(epoch, 0).epoch();
    this.idempotent =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > retention.maxIdempotencyKeys();
          }
        };
  }

  private static String newEpoch() {
    return Long.toString(new SecureRandom().nextLong() & Long.MAX_VALUE, Character.MAX_RADIX);
  }

  @Override
  public CompletionStage<Cursor> append(Publication publication) {
    Frame frame = FrameEncoder.frame(publication.event(), publication.channel());
    String once = publication.idempotencyKey();
    long offset;
    lock.lock();
    try {
      Long first = once == null ? null : idempotent.get(once);
      if (first != null) {
        return CompletableFuture.completedFuture(new Cursor(epoch, first));
      }
      offset = ++head;
      if (once != null) {
        idempotent.put(once, offset);
      }
      long now = nanos.getAsLong();
      expire(now);
      ChannelRing ring =
          channels.computeIfAbsent(publication.channel(), name -> new ChannelRing(name, forgotten));
      long oldest = ring.oldestOffset();
      long bytes = ring.bytes();
      ring.add(offset, frame, now, publication.conflationKey());
      while (ring.size() > retention.maxEvents() || ring.bytes() > retention.maxBytes()) {
        ring.evictOldest();
      }
      index(ring, oldest, bytes);
      while (totalBytes > retention.maxTotalBytes()) {
        evict(byOldest.firstEntry().getValue());
      }
    } finally {
      lock.unlock();
    }
    for (Follower follower : followers) {
      follower.appended(publication.channel(), offset);
    }
    return CompletableFuture.completedFuture(new Cursor(epoch, offset));
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
      long from = known ? after.offset() : 0;
      Map<String, Long> lost = new TreeMap<>();
      var merge = new PriorityQueue<ChannelRing.Place>();
      collect(set, from, lost, merge);
      List<Replay.Entry> entries = new ArrayList<>(Math.min(maxEvents, 64));
      while (entries.size() < maxEvents && !merge.isEmpty()) {
        ChannelRing.Place place = merge.remove();
        entries.add(place.entry());
        if (place.advance()) {
          merge.add(place);
        }
      }
      var next =
          new Cursor(epoch, merge.isEmpty() ? head : entries.get(entries.size() - 1).offset());
      if (!known) {
        set.names().forEach(name -> lost.put(name, 0L));
        set.prefixes().forEach(prefix -> lost.put(prefix + "*", 0L));
        return new Replay.Gapped(Replay.Gap.EPOCH, lost, entries, next);
      }
      return lost.isEmpty()
          ? new Replay.Complete(entries, next)
          : new Replay.Gapped(Replay.Gap.EXPIRED, lost, entries, next);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void collect(
      ChannelSet set, long from, Map<String, Long> lost, PriorityQueue<ChannelRing.Place> merge) {
    for (String name : set.names()) {
      ChannelRing ring = channels.get(name);
      if (ring != null) {
        collect(ring, from, lost, merge);
      } else if (forgotten > from) {
        lost.put(name, forgotten); // it may have been this one
      }
    }
    if (!set.prefixes().isEmpty()) {
      for (ChannelRing ring : channels.values()) {
        if (!set.names().contains(ring.name()) && set.contains(ring.name())) {
          collect(ring, from, lost, merge);
        }
      }
      if (forgotten > from) {
        set.prefixes().forEach(prefix -> lost.put(prefix + "*", forgotten));
      }
    }
  }

  private static void collect(
      ChannelRing ring, long from, Map<String, Long> lost, PriorityQueue<ChannelRing.Place> merge) {
    if (ring.evicted() > from) {
      lost.put(ring.name(), ring.evicted());
    }
    ChannelRing.Place place = ring.after(from);
    if (place != null) {
      merge.add(place);
    }
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
    return () -> followers.remove(follower);
  }

  @Override
  public void close() {
    followers.clear();
    lock.lock();
    try {
      channels.clear();
      byOldest.clear();
      idempotent.clear();
      totalBytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what is too old, and forgets channels that have been empty for long. */
  @GuardedBy("lock")
  private void expire(long now) {
    long maxAge = retention.maxAge().toNanos();
    Map.Entry<Long, ChannelRing> oldest = byOldest.firstEntry();
    while (oldest != null && now - oldest.getValue().oldestTime() > maxAge) {
      evict(oldest.getValue());
      oldest = byOldest.firstEntry();
    }
    if (now - nextForgetting >= 0) {
      long idle = retention.channelIdle().toNanos();
      nextForgetting = now + Math.max(idle / 8, 1);
      for (var rings = channels.values().iterator(); rings.hasNext(); ) {
        ChannelRing ring = rings.next();
        if (ring.size() == 0 && now - ring.lastTime() > idle) {
          forgotten = Math.max(forgotten, ring.evicted());
          rings.remove();
        }
      }
    }
  }

  @GuardedBy("lock")
  private void evict(ChannelRing ring) {
    long oldest = ring.oldestOffset();
    long bytes = ring.bytes();
    ring.evictOldest();
    index(ring, oldest, bytes);
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
