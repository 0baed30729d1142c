package dev.ssebridge;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The streams of one worker that follow the same channel: a publish wakes this group once, not each
 * stream.
 *
 * <p>Threading: the worker's thread; {@link #enqueue} from any.
 */
final class PumpGroup extends PumpTask {
  private static final int MAX_REFRESHES = 8; // in one run: each may cost another read

  private final Consumer<PumpGroup> onEmpty;
  private final List<PumpStream> members = new ArrayList<>();
  private boolean running;

  PumpGroup(PumpWorker worker, Consumer<PumpGroup> onEmpty) {
    super(worker);
    this.onEmpty = onEmpty;
  }

  void add(PumpStream stream) {
    members.add(stream);
  }

  /** A stream that ends while the group runs is dropped by the run itself. */
  void remove(PumpStream stream) {
    if (!running) {
      members.remove(stream);
      reportIfEmpty();
    }
  }

  private void reportIfEmpty() {
    if (members.isEmpty()) {
      onEmpty.accept(this);
    }
  }

  /** Ends its streams in good order. From any thread. */
  void goAway() {
    worker.execute(() -> List.copyOf(members).forEach(stream -> stream.goAway(StreamEnd.SHUTDOWN)));
  }

  /**
   * Runs each stream once. What is published meanwhile is for the next turn, but streams that have
   * not had theirs need not send what is there now and come back for the rest: a burst that began
   * to be sent before it was whole costs the first few streams a second write, not all of them.
   */
  @Override
  void run() {
    running = true;
    int kept = 0;
    int refresh = 1 + members.size() / MAX_REFRESHES;
    for (int i = 0; i < members.size(); i++) {
      if (i % refresh == 0 && i > 0 && queued.get()) {
        worker.forgetShortReads();
      }
      PumpStream stream = members.get(i);
      if (!stream.isEnded()) {
        stream.run();
      }
      if (!stream.isEnded()) {
        members.set(kept++, stream);
      }
    }
    members.subList(kept, members.size()).clear();
    running = false;
    reportIfEmpty();
  }
}
