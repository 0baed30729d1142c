package dev.ssebridge;

import java.util.List;
import java.util.Map;

/**
 * What a log has after a cursor. There are two kinds, so that nobody can take events for all events
 * without saying so.
 */
public sealed interface Replay {
  /**
   * The events, in the log's order.
   *
   * @return possibly empty, not to be changed
   */
  List<Entry> entries();

  /**
   * Where to read on: behind the last of these events, or at the log's head if there were no more.
   *
   * @return a cursor of this log, whatever the epoch of the one that was asked with
   */
  Cursor next();

  /**
   * One event of a log.
   *
   * @param offset its position in the log
   * @param channel its channel
   * @param frame its encoded bytes, without the id line
   */
  record Entry(long offset, String channel, Frame frame) {}

  /**
   * Nothing is missing between the cursor and these events, nor between any of them.
   *
   * @param entries the events
   * @param next where to read on
   */
  record Complete(List<Entry> entries, Cursor next) implements Replay {}

  /**
   * Something after the cursor has left the log. The events are what is still there.
   *
   * @param reason why it is missing
   * @param lost which channels have lost something, and the newest offset that may be missing; with
   *     {@link Gap#EPOCH} all names and prefixes that were asked for, at 0 if nothing of this epoch
   *     is missing
   * @param entries the events that remain
   * @param next where to read on
   */
  record Gapped(Gap reason, Map<String, Long> lost, List<Entry> entries, Cursor next)
      implements Replay {}

  /** Why something is missing. The name in lower case is what a client is told. */
  enum Gap {
    /** It was kept as long as retention allowed. */
    EXPIRED,
    /** The cursor belongs to another log, or to this one before it was lost. */
    EPOCH
  }
}
