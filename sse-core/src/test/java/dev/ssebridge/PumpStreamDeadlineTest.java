package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A stream that ends at a time of its own, such as that of the token which allowed it. */
class PumpStreamDeadlineTest {
  private static final FrameSource SILENT = (position, out) -> position;

  private final StringBuilder written = new StringBuilder();
  private final List<StreamEnd> ends = new ArrayList<>();
  private long now;
  private final Pump pump = Pump.manual(() -> now, new Random(1));
  private final FrameSink sink =
      new FrameSink() {
        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void write(byte[] bytes, int from, int count) {
          written.append(new String(bytes, from, count, StandardCharsets.UTF_8));
        }

        @Override
        public void flush() {}

        @Override
        public void end(StreamEnd why) {}
      };

  private PumpStream open() {
    PumpStream stream = pump.attach(sink, SILENT, 0, StreamOptions.DEFAULTS, ends::add);
    pump.runPending();
    return stream;
  }

  private void pass(Duration time) {
    now += time.toNanos();
    pump.runPending(); // looks at the clock
    pump.runPending(); // does what that led to
  }

  @Test
  void goesAwayWhenTheTimeHasPassed() {
    PumpStream stream = open();
    stream.goAwayAfter(Duration.ofSeconds(10), StreamEnd.EXPIRED);

    pass(Duration.ofSeconds(9));
    assertEquals(List.of(), ends);
    pass(Duration.ofSeconds(1));

    assertEquals(List.of(StreamEnd.EXPIRED), ends);
    assertTrue(
        written.toString().contains("event: sse.goaway\ndata: {\"reason\":\"expired\"}\n\n"));
    assertTrue(written.toString().startsWith("retry: "), written.toString());
  }

  @Test
  void theLastDeadlineCounts() {
    PumpStream stream = open();
    stream.goAwayAfter(Duration.ofSeconds(10), StreamEnd.EXPIRED);
    stream.goAwayAfter(Duration.ofSeconds(20), StreamEnd.EXPIRED);

    pass(Duration.ofSeconds(15));
    assertEquals(List.of(), ends);
    pass(Duration.ofSeconds(5));

    assertEquals(List.of(StreamEnd.EXPIRED), ends);
  }

  @Test
  void aDeadlineInThePastOrBeyondAllClocksIsTaken() {
    open().goAwayAfter(Duration.ofSeconds(Long.MIN_VALUE), StreamEnd.EXPIRED);
    pass(Duration.ofSeconds(1));
    assertEquals(List.of(StreamEnd.EXPIRED), ends);

    open().goAwayAfter(Duration.ofSeconds(Long.MAX_VALUE), StreamEnd.EXPIRED);
    pass(Duration.ofSeconds(1));
    assertEquals(List.of(StreamEnd.EXPIRED), ends);
  }
}
