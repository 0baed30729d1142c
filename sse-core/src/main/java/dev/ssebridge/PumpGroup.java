package dev.ssebridge;

import java.util.ArrayList;
import java.util.List;

/**
 * The streams of one worker that follow the same channel: a publish wakes this group once, not each
 * stream.
 */
final class PumpGroup extends PumpTask {
  /** Worker thread only. Ended streams are dropped when the group next runs. */
  private final List<PumpStream> members = new ArrayList<>();

  PumpGroup(PumpWorker worker) {
    super(worker);
  }

  /** Worker thread only. */
  void add(PumpStream stream) {
    members.removeIf(PumpStream::isEnded);
    members.add(stream);
  }

  /** Worker thread only. */
  void remove(PumpStream stream) {
    members.remove(stream);
  }

  @Override
  void run() {
    int kept = 0;
    int size = members.size();
    for (int i = 0; i < size; i++) {
      PumpStream stream = members.get(i);
      if (stream.isEnded()) {
        continue;
      }
      if (kept != i) {
        members.set(kept, stream);
      }
      kept++;
      stream.run();
    }
    members.subList(kept, size).clear();
  }
}
