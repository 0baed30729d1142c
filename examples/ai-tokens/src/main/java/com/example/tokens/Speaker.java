package com.example.tokens;

import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Says answers at the pace of a language model, one token after the other. Safe for concurrent use.
 */
final class Speaker implements AutoCloseable {
  private static final int MOST_AT_ONCE = 100;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "speaker"));
  private final Duration pace;
  private final AtomicInteger speaking = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();

  Speaker(Duration pace) {
    this.pace = pace;
  }

  /**
   * How many answers were begun and not ended, said to the end, and broken off.
   *
   * @param speaking now
   * @param finished since the start
   * @param cancelled since the start
   */
  record Counts(int speaking, int finished, int cancelled) {}

  Counts counts() {
    return new Counts(speaking.get(), finished.get(), cancelled.get());
  }

  boolean isBusy() {
    return speaking.get() >= MOST_AT_ONCE;
  }

  /**
   * Begins an answer.
   *
   * @param listener told each token on the speaker's thread, so it must not block
   * @param done run after the last token
   * @return ends it early
   */
  Answer say(String prompt, Consumer<String> listener, Runnable done) {
    Answer answer = new Answer(Tokens.answer(prompt).iterator(), listener, done);
    speaking.incrementAndGet();
    answer.begin();
    return answer;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** One answer on its way. */
  final class Answer {
    private final Iterator<String> tokens;
    private final Consumer<String> listener;
    private final Runnable done;
    private Future<?> ticks;
    private boolean over;

    private Answer(Iterator<String> tokens, Consumer<String> listener, Runnable done) {
      this.tokens = tokens;
      this.listener = listener;
      this.done = done;
    }

    private synchronized void begin() {
      ticks =
          timer.scheduleAtFixedRate(
              this::sayNext, pace.toMillis(), pace.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sayNext() {
      if (tokens.hasNext()) {
        listener.accept(tokens.next());
      } else if (endAs(finished)) {
        done.run();
      }
    }

    /** Says no more. Does nothing if all is said. */
    void cancel() {
      endAs(cancelled);
    }

    private synchronized boolean endAs(AtomicInteger how) {
      if (over) {
        return false;
      }
      over = true;
      ticks.cancel(false);
      speaking.decrementAndGet();
      how.incrementAndGet();
      return true;
    }
  }
}
