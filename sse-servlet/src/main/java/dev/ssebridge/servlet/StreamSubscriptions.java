package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Interest;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What clients have asked to follow before they opened the stream. Each lives under a name that
 * nobody can guess, so two pages of one user have two; a stream that is cut finds it again.
 *
 * <p>Threading: safe for concurrent use.
 */
final class StreamSubscriptions {
  /** One of them. */
  static final class Entry {
    final String id;
    final @Nullable String owner;
    private final String address;

    private final EventStreamServletOptions options;

    /**
     * Held while the stream is told of a change, so that the last change is the one it follows. The
     * stream only queues it; nothing foreign runs under this lock.
     */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private List<String> channels;

    @GuardedBy("lock")
    private @Nullable Set<String> types;

    @GuardedBy("lock")
    private @Nullable Interest changed; // what the last change made of it; null before the first

    @GuardedBy("lock")
    private @Nullable Subscription following; // of the newest stream, from before its client knows

    @GuardedBy("lock")
    private @Nullable EventStream stream;

    @GuardedBy("lock")
    private Instant idleSince;

    Entry(
        String id, @Nullable String owner, StreamRequest asked, EventStreamServletOptions options) {
      this.id = id;
      this.owner = owner;
      this.address = asked.http().getRemoteAddr();
      this.options = options;
      this.channels = asked.channels();
      this.types = asked.types();
      this.idleSince = options.clock().instant();
    }

    boolean isOwnedBy(@Nullable String name) {
      return Objects.equals(owner, name);
    }

    /** What to ask the policy about when the stream is opened or ended. */
    StreamRequest asked(HttpServletRequest http) {
      lock.lock();
      try {
        return new StreamRequest(http, channels, types);
      } finally {
        lock.unlock();
      }
    }

    /** Follows something else, now if there is a stream. */
    void change(StreamRequest asked, StreamPolicy.Accept accepted) {
      lock.lock();
      try {
        channels = asked.channels();
        types = asked.types();
        changed = accepted.interest();
        idleSince = options.clock().instant();
        if (following != null) {
          following.change(accepted.interest());
        }
        if (stream != null && accepted.expiry() != null) {
          Duration left = Duration.between(options.clock().instant(), accepted.expiry());
          stream.goAwayAfter(left, StreamEnd.EXPIRED);
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * A stream is about to open; its client has not heard of it yet. From here on it is the one
     * that a change changes.
     *
     * @param asked what it is opened with
     */
    void opening(StreamRequest asked, Subscription newest) {
      lock.lock();
      try {
        following = newest;
        boolean same = channels.equals(asked.channels()) && Objects.equals(types, asked.types());
        if (changed != null && !same) { // since the request was looked at
          newest.change(changed);
        }
      } finally {
        lock.unlock();
      }
    }

    /** Makes a stream that has opened the entry's; the newest wins. */
    void attach(EventStream opened) {
      EventStream replaced;
      lock.lock();
      try {
        if (following == opened.subscription()) {
          replaced = stream;
          stream = opened;
        } else { // two opened at once
          replaced = opened;
        }
      } finally {
        lock.unlock();
      }
      if (replaced != null) {
        replaced.endNow(StreamEnd.REPLACED);
      }
      opened.onEnd(why -> detach(opened));
    }

    private void detach(EventStream ended) {
      lock.lock();
      try {
        if (stream == ended) {
          stream = null;
          following = following == ended.subscription() ? null : following; // or that of the next
          idleSince = options.clock().instant();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Ends the stream, if there is one. */
    void end() {
      EventStream ending;
      lock.lock();
      try {
        ending = stream;
      } finally {
        lock.unlock();
      }
      if (ending != null) {
        ending.end();
      }
    }

    /** Since when no stream has used it; null while one does. */
    @Nullable Instant idleSince() {
      lock.lock();
      try {
        return stream == null ? idleSince : null;
      } finally {
        lock.unlock();
      }
    }

    boolean isExpired(Instant now) {
      Instant since = idleSince();
      return since != null && !now.isBefore(since.plus(options.subscriptionIdle()));
    }
  }

  private static final int ID_BYTES = 16; // 128 random bits: nobody guesses another's

  private final EventStreamServletOptions options;
  private final SecureRandom random = new SecureRandom();

  /** At most as many as the limits say; an idle one stays until it is looked at or in the way. */
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  private final ReentrantLock adding = new ReentrantLock(); // held to add, so that the limit holds

  private final StreamCounts counts; // of the entries

  StreamSubscriptions(EventStreamServletOptions options) {
    this.options = options;
    StreamLimits limits = options.limits();
    counts = new StreamCounts(limits.withStreams(limits.subscriptions()));
  }

  /**
   * Adds one, for which the owner's longest idle one may have to make room: a page that is loaded
   * again and again leaves one behind each time. Null if there are too many all the same.
   */
  @Nullable Entry add(StreamRequest asked, @Nullable String owner) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    var entry = new Entry(id, owner, asked, options);
    adding.lock();
    try {
      if (!counts.enter(owner, entry.address)) {
        Instant now = options.clock().instant();
        entries.values().stream().filter(old -> old.isExpired(now)).forEach(this::forget);
        if (!counts.enter(owner, entry.address)) {
          longestIdle(owner).ifPresent(this::forget);
          if (!counts.enter(owner, entry.address)) {
            return null;
          }
        }
      }
      entries.put(id, entry);
      return entry;
    } finally {
      adding.unlock();
    }
  }

  private Optional<Entry> longestIdle(@Nullable String owner) {
    Entry longest = null;
    Instant since = Instant.MAX;
    for (Entry entry : entries.values()) {
      Instant idle = owner != null && entry.isOwnedBy(owner) ? entry.idleSince() : null;
      if (idle != null && idle.isBefore(since)) {
        longest = entry;
        since = idle;
      }
    }
    return Optional.ofNullable(longest);
  }

  /** Finds one that has not been forgotten. */
  @Nullable Entry find(String id) {
    Entry entry = entries.get(id);
    if (entry != null && entry.isExpired(options.clock().instant())) {
      forget(entry);
      return null;
    }
    return entry;
  }

  private void forget(Entry entry) {
    if (entries.remove(entry.id, entry)) {
      counts.leave(entry.owner, entry.address);
    }
  }

  void remove(Entry entry) {
    forget(entry);
    entry.end();
  }
}
