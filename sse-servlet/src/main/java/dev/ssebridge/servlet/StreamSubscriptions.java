package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.Interest;
import dev.ssebridge.StreamEnd;
import jakarta.servlet.http.HttpServletRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
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
    private @Nullable EventStream stream;

    @GuardedBy("lock")
    private Instant idleSince;

    Entry(
        String id, @Nullable String owner, StreamRequest asked, EventStreamServletOptions options) {
      this.id = id;
      this.owner = owner;
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
        if (stream != null) {
          stream.follow(accepted.interest());
          if (accepted.expiry() != null) {
            Duration left = Duration.between(options.clock().instant(), accepted.expiry());
            stream.goAwayAfter(left, StreamEnd.EXPIRED);
          }
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * Makes a stream the subscription's; the newest wins.
     *
     * @param asked what the stream was opened with
     */
    void attach(StreamRequest asked, EventStream opened) {
      EventStream replaced;
      lock.lock();
      try {
        replaced = stream;
        stream = opened;
        boolean same = channels.equals(asked.channels()) && Objects.equals(types, asked.types());
        if (changed != null && !same) { // while the stream was being opened
          opened.follow(changed);
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

    boolean isExpired(Instant now) {
      lock.lock();
      try {
        return stream == null && !now.isBefore(idleSince.plus(options.subscriptionIdle()));
      } finally {
        lock.unlock();
      }
    }
  }

  private static final int ID_BYTES = 16; // 128 random bits: nobody guesses another's

  private final EventStreamServletOptions options;
  private final SecureRandom random = new SecureRandom();

  /** At most as many as the limits say; an idle one stays until it is looked at or in the way. */
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  private final ReentrantLock adding = new ReentrantLock(); // held to add, so that the limit holds

  StreamSubscriptions(EventStreamServletOptions options) {
    this.options = options;
  }

  /** Adds one; null if there are too many. */
  @Nullable Entry add(StreamRequest asked, @Nullable String owner) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    adding.lock();
    try {
      if (entries.size() >= options.limits().subscriptions()) {
        Instant now = options.clock().instant();
        entries.values().removeIf(entry -> entry.isExpired(now));
        if (entries.size() >= options.limits().subscriptions()) {
          return null;
        }
      }
      var entry = new Entry(id, owner, asked, options);
      entries.put(id, entry);
      return entry;
    } finally {
      adding.unlock();
    }
  }

  /** Finds one that has not been forgotten. */
  @Nullable Entry find(String id) {
    Entry entry = entries.get(id);
    if (entry != null && entry.isExpired(options.clock().instant())) {
      entries.remove(id);
      return null;
    }
    return entry;
  }

  void remove(Entry entry) {
    entries.remove(entry.id);
    entry.end();
  }
}
