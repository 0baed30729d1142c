package dev.ssebridge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Assertions;

/**
 * A source of frames at positions from 1, which holds its pump to {@link FrameSource}'s contract.
 *
 * <p>Threading: {@link #add} from any; the rest as the interface says.
 */
final class FakeSource implements FrameSource {
  private final List<String> frames = new CopyOnWriteArrayList<>();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private final List<PumpStream> streams = new CopyOnWriteArrayList<>();
  private final boolean shared;

  volatile boolean closed; // what follows the last frame is the end
  volatile boolean endless; // yields one frame again and again
  volatile int encodings; // reads that had to encode something
  volatile RuntimeException fault;
  volatile String faultAt = "";
  volatile long writtenTo;
  volatile int attached;
  volatile int ended;
  volatile boolean privateNow; // the next read is one stream's alone
  volatile Runnable afterNextRead; // what happens elsewhere before another stream has its turn

  private FakeSource(boolean shared) {
    this.shared = shared;
  }

  /** For one stream. */
  static FakeSource ofOne(String... frames) {
    return new FakeSource(false).add(frames);
  }

  /** For many, which share what they read. */
  static FakeSource shared(String... frames) {
    return new FakeSource(true).add(frames);
  }

  /** Text that a sink has when these were sent. */
  static String sent(String... frames) {
    return String.join("", frames);
  }

  FakeSource add(String... more) {
    frames.addAll(List.of(more));
    streams.forEach(PumpStream::wake);
    return this;
  }

  /** Adds without a wake-up, since somebody else gives it. */
  void addSilently(String... more) {
    frames.addAll(List.of(more));
  }

  void failAt(String call, RuntimeException why) {
    fault = why;
    faultAt = call;
  }

  void check() {
    Assertions.assertEquals(List.of(), violations);
  }

  @Override
  public void attached(PumpStream stream) {
    attached++;
    require(shared || attached == 1, "attached twice");
    streams.add(stream);
    failIf("attached");
  }

  @Override
  public long read(long position, FrameEncoder out) {
    require(attached > 0, "read before it was attached");
    require(ended < attached, "read after its end");
    failIf("read");
    long at = position;
    List<String> now = new ArrayList<>(frames);
    while (at < now.size() && out.length() < Pump.RUN_BYTES) {
      addRaw(out, now.get((int) at++));
    }
    while (endless && out.length() < Pump.RUN_BYTES) {
      addRaw(out, ":endless\n");
    }
    if (out.length() > 0) {
      encodings++;
    }
    Runnable meanwhile = afterNextRead;
    afterNextRead = null;
    if (meanwhile != null) {
      meanwhile.run();
    }
    return at;
  }

  private static void addRaw(FrameEncoder out, String frame) {
    require(frame.startsWith(":") && frame.endsWith("\n"));
    out.comment(frame.substring(1, frame.length() - 1).strip());
  }

  private static void require(boolean comment) {
    if (!comment) {
      throw new IllegalArgumentException("a fake's frame is a comment line");
    }
  }

  @Override
  public void written(long position) {
    require(ended < attached, "written after its end");
    require(shared || position >= writtenTo, "written backwards");
    writtenTo = position;
    failIf("written");
  }

  @Override
  public void ended() {
    ended++;
    require(ended <= attached, "ended twice");
    failIf("ended");
  }

  @Override
  public boolean isExhausted(long position) {
    require(ended < attached, "asked after its end");
    failIf("isExhausted");
    return closed && position == frames.size();
  }

  @Override
  public Object sharedKey() {
    return shared && !privateNow ? this : null;
  }

  private void failIf(String call) {
    RuntimeException thrown = fault;
    if (thrown != null && call.equals(faultAt)) {
      fault = null;
      throw thrown;
    }
  }

  private void require(boolean kept, String violation) {
    if (!kept) {
      violations.add(violation);
      throw new AssertionError(violation);
    }
  }
}
