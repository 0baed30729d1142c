package dev.ssebridge;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The events of one channel, oldest first, in a growing ring. An event that a newer one of its key
 * has replaced leaves a hole; the oldest place is never one.
 *
 * <p>Threading: under the lock of its log.
 */
final class ChannelRing {
  private static final int MIN_LENGTH = 8;

  @Nullable ChannelRing older; // neighbours among the log's channels, by their newest event
  @Nullable ChannelRing newer;

  private final String name;
  private final Map<String, Long> latest = new HashMap<>(0); // conflation key -> offset

  private long[] offsets = new long[MIN_LENGTH];
  private long[] times = new long[MIN_LENGTH];
  private @Nullable Frame[] frames = new @Nullable Frame[MIN_LENGTH]; // null: a hole
  private @Nullable String[] keys = new @Nullable String[MIN_LENGTH];
  private int start;
  private int used; // places in use, holes included
  private int size;
  private long bytes;
  private long evicted;
  private long lastTime;
  private long newestOffset;

  /**
   * An empty channel.
   *
   * @param evicted the newest offset that a reader of this channel may have missed already
   */
  ChannelRing(String name, long evicted) {
    this.name = name;
    this.evicted = evicted;
  }

  String name() {
    return name;
  }

  /** How many events it holds. */
  int size() {
    return size;
  }

  long bytes() {
    return bytes;
  }

  /** The newest offset that has left by retention; what a newer value replaced does not count. */
  long evicted() {
    return evicted;
  }

  /** When the last event came. */
  long lastTime() {
    return lastTime;
  }

  /** The offset of the last event that came, whether it is still here or not. */
  long newestOffset() {
    return newestOffset;
  }

  /** How many places there are, used or not. */
  int capacity() {
    return offsets.length;
  }

  /** The offset of the oldest event; 0 if there is none. */
  long oldestOffset() {
    return used == 0 ? 0 : offsets[at(0)];
  }

  long oldestTime() {
    return times[at(0)];
  }

  /** Adds an event behind all others; with a key, in place of the last one of that key. */
  void add(long offset, Frame frame, long now, @Nullable String key) {
    if (key != null) {
      Long older = latest.put(key, offset);
      if (older != null) {
        punch(indexAfter(older - 1));
      }
    }
    if (used == offsets.length) { // anew without the holes; larger if they are few
      rebuild(size * 2 > offsets.length ? offsets.length * 2 : offsets.length);
    }
    int at = at(used);
    offsets[at] = offset;
    times[at] = now;
    frames[at] = frame;
    keys[at] = key;
    used++;
    size++;
    bytes += frame.length();
    lastTime = now;
    newestOffset = offset;
  }

  /** Drops the oldest event. Returns its offset. */
  long evictOldest() {
    int at = at(0);
    evicted = offsets[at];
    String key = keys[at];
    if (key != null) {
      latest.remove(key);
    }
    punch(0);
    if (used < offsets.length / 4 && offsets.length > MIN_LENGTH) {
      rebuild(offsets.length / 2); // what a burst has needed is given back
    }
    return evicted;
  }

  private void punch(int index) {
    int at = at(index);
    Frame frame = frames[at];
    if (frame == null) {
      throw new IllegalStateException("there is no event at " + index);
    }
    frames[at] = null;
    keys[at] = null;
    size--;
    bytes -= frame.length();
    while (used > 0 && frames[at(0)] == null) {
      start = at(1);
      used--;
    }
  }

  private void rebuild(int length) {
    var newOffsets = new long[length];
    var newTimes = new long[length];
    var newFrames = new @Nullable Frame[length];
    var newKeys = new @Nullable String[length];
    int to = 0;
    for (int i = 0; i < used; i++) {
      int at = at(i);
      if (frames[at] != null) {
        newOffsets[to] = offsets[at];
        newTimes[to] = times[at];
        newFrames[to] = frames[at];
        newKeys[to] = keys[at];
        to++;
      }
    }
    offsets = newOffsets;
    times = newTimes;
    frames = newFrames;
    keys = newKeys;
    start = 0;
    used = to;
  }

  private int at(int index) {
    return (start + index) & (offsets.length - 1);
  }

  /** The first place, counted from the oldest, whose offset is greater. */
  private int indexAfter(long offset) {
    int low = 0;
    int high = used;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[at(middle)] <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A reader's place at the first event behind an offset; null if there is none. */
  @Nullable Place after(long offset) {
    var place = new Place(indexAfter(offset) - 1);
    return place.advance() ? place : null;
  }

  /** Ordered by offset, so that the smallest of several channels is read next. */
  final class Place implements Comparable<Place> {
    private int index;

    private Place(int index) {
      this.index = index;
    }

    /** Moves to the next event; false if there is none. */
    boolean advance() {
      do {
        index++;
      } while (index < used && frames[at(index)] == null);
      return index < used;
    }

    Replay.Entry entry() {
      Frame frame = frames[at(index)];
      if (frame == null) {
        throw new IllegalStateException("a reader's place is never a hole");
      }
      return new Replay.Entry(offset(), name, frame);
    }

    private long offset() {
      return offsets[at(index)];
    }

    @Override
    public int compareTo(Place other) {
      return Long.compare(offset(), other.offset());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Place place && compareTo(place) == 0;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(offset());
    }
  }
}
