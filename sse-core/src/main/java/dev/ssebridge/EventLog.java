package dev.ssebridge;

import java.util.concurrent.CompletionStage;

/**
 * The ordered, bounded store of events, and the one source of live delivery and of replay: the seam
 * at which a log shared by several nodes takes the place of the one in memory.
 *
 * <p>What every implementation owes is written as tests, {@code EventLogContract} of {@code
 * sse-testkit}:
 *
 * <ul>
 *   <li>Offsets increase over all channels of the log; each reader sees the same order.
 *   <li>An event can be read before a follower hears of it, and before its append completes.
 *   <li>Reading never consumes, and never leaves something out without saying so.
 * </ul>
 *
 * <p>Threading: safe for concurrent use. {@link #read} and {@link #head} never block; followers are
 * called outside every lock, on the thread that appended or on one of the log's own, in no
 * particular order.
 */
public interface EventLog extends AutoCloseable {
  /** The longest epoch of a log, which leaves room for a mark in a stream's ids. */
  int MAX_EPOCH_LENGTH = 100;

  /**
   * Adds an event.
   *
   * @param publication what and where
   * @return the event's cursor, once it can be read; fails if a remote log could not take it, or
   *     the log is closed
   */
  CompletionStage<Cursor> append(Publication publication);

  /**
   * Reads on from a cursor.
   *
   * @param after what has been seen; of another epoch means everything kept, with a gap
   * @param channels which channels
   * @param maxEvents at most so many events, at least 1; there are fewer only if there are no more
   * @return the events, or those that remain and what is missing
   */
  Replay read(Cursor after, ChannelSet channels, int maxEvents);

  /**
   * The cursor of the newest event: where one begins who wants what comes from now on.
   *
   * @return the cursor, whose epoch has at most {@value #MAX_EPOCH_LENGTH} characters
   */
  Cursor head();

  /**
   * Calls back whenever something can be read.
   *
   * @param follower what to call
   * @return closes to stop the calls
   */
  Following follow(Follower follower);

  /** Frees what the log holds. Reading afterwards yields nothing, appending fails. */
  @Override
  void close();

  /** Hears of events. Must return quickly; what it throws goes to the system log. */
  @FunctionalInterface
  interface Follower {
    /**
     * An event can be read.
     *
     * @param channel its channel
     * @param offset its offset
     */
    void appended(String channel, long offset);
  }

  /** A registration of a {@link Follower}. */
  interface Following extends AutoCloseable {
    /** Stops the calls; one that is under way may still arrive. */
    @Override
    void close();
  }
}
