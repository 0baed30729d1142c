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

  @Override
  void run() {
    running = true;
    int kept = 0;
    for (int i = 0; i < members.size(); i++) {
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
