package dev.ssebridge;

import static dev.ssebridge.FakeSource.sent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pump without threads, on a clock that stands still until it is moved. */
class PumpTest {
  /** A heartbeat after 15 s, a write deadline of 30 s, an hour to live, 5 s until one returns. */
  private static final StreamOptions OPTIONS = StreamOptions.DEFAULTS;

  private long now = Long.MAX_VALUE - 1; // wraps around in every test
  private long randomBits; // 0: the least jitter
  private final RandomGenerator random = () -> randomBits;
  private final Pump pump = Pump.manual(() -> now, random);
  private final List<FakeSink> sinks = new ArrayList<>();
  private final List<FakeSource> sources = new ArrayList<>();
  private final List<StreamEnd> ends = new ArrayList<>();

  private PumpStream attach(FakeSink sink, FakeSource source) {
    return attach(sink, source, 0, OPTIONS);
  }

  private PumpStream attach(FakeSink sink, FakeSource source, long at, StreamOptions options) {
    sinks.add(sink);
    sources.add(source);
    return sink.of(pump.attach(sink, source, at, options, ends::add));
  }

  private void run() {
    pump.runPending();
  }

  private void pass(Duration time) {
    now += time.toNanos();
    run();
  }

  /** In steps at which the pump looks at its clock. */
  private void passSlowly(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 250) {
      pass(Duration.ofMillis(Math.min(left, 250)));
    }
  }

  private static String frame(int number) {
    return ": " + number + "\n";
  }

  private static String frame(char fill, int length) {
    return ": " + String.valueOf(fill).repeat(length - 3) + "\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @AfterEach
  void everyoneKeptTheirContract() {
    sinks.forEach(FakeSink::check);
    sources.forEach(FakeSource::check);
    long over = sinks.stream().filter(FakeSink::isEnded).count();
    assertEquals(over, ends.size(), "onEnd is told once for each end");
    assertEquals(sinks.size() - over, pump.streams());
  }

  // Turns.

  @Test
  void nothingHappensUntilThePumpRuns() {
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne(frame(1)));
    assertEquals(List.of(), sink.calls());
    run();
    assertEquals(frame(1), sink.text());
  }

  @Test
  void whatCameTogetherIsOneWriteAndOneFlush() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(1), frame(2));
    attach(sink, source);
    run();
    assertEquals(List.of("write 8", "flush"), sink.calls());
    sink.takeText();
    source.add(frame(3)).add(frame(4)).add(frame(5));
    run();
    assertEquals(sent(frame(3), frame(4), frame(5)), sink.text());
    assertEquals(List.of("write 12", "flush"), sink.calls());
    assertEquals(5, source.writtenTo);
  }

  @Test
  void aWakeUpWithoutNewsWritesNothing() {
    var sink = new FakeSink();
    PumpStream stream = attach(sink, FakeSource.ofOne());
    run();
    stream.wake();
    run();
    assertEquals(List.of(), sink.calls());
  }

  @Test
  void aStreamBeginsWhereItWasTold() {
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne(frame(1), frame(2), frame(3)), 2, OPTIONS);
    run();
    assertEquals(frame(3), sink.text());
  }

  @Test
  void streamsWithMuchToSendTakeTurns() {
    var journal = new ArrayList<String>();
    var one = new Journaled("one", journal);
    var two = new Journaled("two", journal);
    String large = frame('x', Pump.RUN_BYTES);
    pump.attach(one, FakeSource.ofOne(large, large, large), 0, OPTIONS, end -> {});
    pump.attach(two, FakeSource.ofOne(large, large, large), 0, OPTIONS, end -> {});
    run();
    assertEquals(
        List.of(
            "one write",
            "two write",
            "one write",
            "two write",
            "one write",
            "two write",
            "one flush",
            "two flush"),
        journal);
    pump.close();
    assertEquals(0, pump.streams());
  }

  private record Journaled(String name, List<String> journal) implements FrameSink {
    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      journal.add(name + " write");
    }

    @Override
    public void flush() {
      journal.add(name + " flush");
    }

    @Override
    public void end(StreamEnd why) {}
  }

  @Test
  void aLongBacklogIsWrittenInRunsWithOneFlush() {
    var sink = new FakeSink();
    String[] backlog = IntStream.range(0, 5000).mapToObj(PumpTest::frame).toArray(String[]::new);
    attach(sink, FakeSource.ofOne(backlog));
    run();
    assertEquals(sent(backlog), sink.text());
    assertEquals(1, sink.count("flush"));
    long runs = sent(backlog).length() / Pump.RUN_BYTES + 1;
    assertEquals(runs, sink.count("write"));
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 8191, 8192, 8193, 65_536, 65_537, 3_000_000})
  void aFrameOfAnySizeGoesOutWhole(int size) {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(1), frame('a', size), frame(2), frame('b', size));
    attach(sink, source);
    run();
    assertEquals(sent(frame(1), frame('a', size), frame(2), frame('b', size)), sink.text());
    assertTrue(sink.isFlushed());
    sink.takeText();
    source.add(frame(3));
    run();
    assertEquals(frame(3), sink.text());
  }

  // Reads that are shared.

  @Test
  void streamsAtOnePlaceShareTheBytesOfOneRead() {
    var sinks = new ArrayList<FakeSink>();
    FakeSource source = FakeSource.shared();
    for (int i = 0; i < 100; i++) {
      var sink = new FakeSink();
      sinks.add(sink);
      attach(sink, source);
    }
    run();
    for (int i = 1; i <= 3; i++) {
      source.add(frame(i));
      run();
      assertEquals(i, source.encodings);
    }
    sinks.forEach(sink -> assertEquals(sent(frame(1), frame(2), frame(3)), sink.text()));
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 3_000_000})
  void hugeFramesAreSharedToo(int size) {
    var one = new FakeSink();
    var two = new FakeSink();
    FakeSource source = FakeSource.shared();
    attach(one, source);
    attach(two, source);
    run();
    one.stallAfter(1);
    two.stallAfter(1);
    source.add(frame('x', size));
    run();
    source.add(frame('y', size));
    run();
    assertEquals(1, source.encodings);
    one.unstall();
    two.unstall();
    run();
    assertEquals(2, source.encodings);
    assertEquals(sent(frame('x', size), frame('y', size)), one.text());
    assertEquals(one.text(), two.text());
  }

  /**
   * 1. one stream reads the first frame, and shares the bytes 2. it reads the second 3. another,
   * which had been stalled, comes to the first. The shared bytes end there, the source does not.
   */
  @Test
  void aStreamThatComesLateToASharedReadReadsOn() {
    var quick = new FakeSink();
    var late = new FakeSink();
    FakeSource source = FakeSource.shared();
    attach(quick, source);
    attach(late, source);
    late.stall();
    run();
    source.add(frame(1));
    run();
    source.add(frame(2));
    run();
    late.unstall();
    run();
    assertEquals(sent(frame(1), frame(2)), late.text());
  }

  /**
   * 1. both streams are woken for the first frame 2. one reads it, for both 3. the second frame
   * comes, and wakes the other, which has not run since it was last woken.
   */
  @Test
  void whatComesBetweenASharedReadAndItsSecondReaderIsReadByBoth() {
    var one = new FakeSink();
    var two = new FakeSink();
    FakeSource source = FakeSource.shared();
    attach(one, source);
    attach(two, source);
    run();
    source.add(frame(1));
    source.afterNextRead = () -> source.add(frame(2));
    run();
    assertEquals(sent(frame(1), frame(2)), one.text());
    assertEquals(sent(frame(1), frame(2)), two.text());
  }

  @Test
  void aStreamAtAnotherPlaceReadsForItself() {
    var ahead = new FakeSink();
    var behind = new FakeSink();
    FakeSource source = FakeSource.shared(frame(1), frame(2));
    attach(ahead, source, 1, OPTIONS);
    attach(behind, source, 0, OPTIONS);
    run();
    assertEquals(frame(2), ahead.text());
    assertEquals(sent(frame(1), frame(2)), behind.text());
    assertEquals(2, source.encodings);
  }

  @Test
  void aReadThatWasOneStreamsAloneIsNotShared() {
    FakeSource source = FakeSource.shared(frame(1));
    source.privateNow = true;
    attach(new FakeSink(), source);
    attach(new FakeSink(), source);
    run();
    assertEquals(2, source.encodings);
  }

  // Back-pressure.

  @Test
  void aStreamThatIsNotReadyIsWrittenToWhenItIs() {
    var sink = new FakeSink();
    sink.stall();
    FakeSource source = FakeSource.ofOne(frame(1));
    attach(sink, source);
    run();
    source.add(frame(2));
    run();
    assertEquals(List.of(), sink.calls());
    sink.unstall();
    run();
    assertEquals(sent(frame(1), frame(2)), sink.text());
    assertTrue(sink.isFlushed());
  }

  @Test
  void aFlushThatIsOwedIsMadeWhenTheSinkIsReadyAgain() {
    var sink = new FakeSink();
    sink.stallAfter(1);
    attach(sink, FakeSource.ofOne(frame(1)));
    run();
    assertEquals(List.of("write 4"), sink.calls());
    sink.unstall();
    run();
    assertEquals(List.of("write 4", "flush"), sink.calls());
  }

  /**
   * A container may send from the array until it is ready again. 1. a stream's sink takes the array
   * and is not ready 2. other streams are written from the same buffer 3. the sink would now send
   * their bytes.
   */
  @Test
  void bytesThatASinkStillHoldsAreNotWrittenOver() {
    var held = new FakeSink();
    held.stallAfter(1);
    attach(held, FakeSource.ofOne(frame(1), frame(2)));
    var other = new FakeSink();
    attach(other, FakeSource.ofOne(frame(3), frame(4), frame(5)));
    run();
    held.check();
    held.unstall();
    run();
    assertEquals(sent(frame(1), frame(2)), held.text());
  }

  @Test
  void bytesThatASinkStillHoldsAreNotWrittenOverThoughItsStreamFails() {
    var held = new FakeSink();
    held.stallAfter(1);
    FakeSource failing = FakeSource.ofOne(frame(1));
    failing.failAt("written", new IllegalStateException("on purpose"));
    attach(held, failing);
    attach(new FakeSink(), FakeSource.ofOne(frame(2), frame(3)));
    try (var log = new LogCapture()) {
      run();
      assertEquals(1, log.messages().size());
    }
    assertEquals(List.of(StreamEnd.FAILED), ends);
    held.check();
  }

  @Test
  void aSlowConsumerDelaysNobody() {
    var slow = new FakeSink();
    slow.stall();
    var quick = new FakeSink();
    FakeSource source = FakeSource.shared();
    attach(slow, source);
    attach(quick, source);
    run();
    for (int i = 0; i < 1000; i++) {
      source.add(frame(i));
      run();
    }
    assertEquals(1000, quick.count("flush"));
    assertEquals("", slow.text());
    slow.unstall();
    run();
    assertEquals(quick.text(), slow.text());
  }

  // Time.

  @Test
  void aHeartbeatIsSentAndFlushedWhenNothingElseWas() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(sink, source);
    run();
    pass(Duration.ofMillis(14_999));
    assertEquals("", sink.text());
    pass(Duration.ofMillis(250));
    assertEquals(":\n", sink.takeText());
    assertTrue(sink.isFlushed());
    pass(Duration.ofSeconds(10));
    source.add(frame(1));
    run();
    pass(Duration.ofMillis(14_999));
    assertEquals(frame(1), sink.takeText());
    pass(Duration.ofMillis(250));
    assertEquals(":\n", sink.text());
  }

  @Test
  void aBusyStreamNeedsNoHeartbeat() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(sink, source);
    for (int i = 0; i < 60; i++) {
      source.add(frame(i));
      pass(Duration.ofSeconds(5));
    }
    assertFalse(sink.text().contains(":\n:"), sink.text());
    assertEquals(60, sink.count("write"));
  }

  @Test
  void aHeartbeatIsAnEventWhereTheClientWantsToSeeIt() {
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne(), 0, OPTIONS.withHeartbeatEvent(true));
    run();
    pass(Duration.ofSeconds(16));
    assertEquals("event: sse.hb\ndata: \n\n", sink.text());
  }

  @Test
  void aHeartbeatIsNotForcedOnAClientThatDoesNotRead() {
    var sink = new FakeSink();
    sink.stall();
    attach(sink, FakeSource.ofOne());
    run();
    pass(Duration.ofSeconds(20));
    assertEquals(List.of(), sink.calls());
    sink.unstall();
    pass(Duration.ofMillis(250));
    assertEquals(":\n", sink.text());
  }

  @Test
  void aHeartbeatFindsAClientThatHasLeft() {
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne());
    run();
    sink.leave();
    pass(Duration.ofSeconds(16));
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
  }

  @Test
  void aClientThatTakesNothingUntilTheDeadlineLosesItsStream() {
    var sink = new FakeSink();
    sink.stallAfter(1);
    attach(sink, FakeSource.ofOne(frame(1)));
    run();
    passSlowly(Duration.ofMillis(29_750));
    assertEquals(List.of(), ends);
    passSlowly(Duration.ofMillis(500));
    assertEquals(List.of(StreamEnd.STALLED), ends);
    assertEquals(List.of("write 4", "end STALLED"), sink.calls());
  }

  @Test
  void aDeadlineShorterThanTheHeartbeatIsNotWaitedBeyond() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(sink, source, 0, OPTIONS.withWriteDeadline(Duration.ofSeconds(2)));
    run();
    passSlowly(Duration.ofSeconds(1)); // looked at, and nothing due for long
    sink.stallAfter(1);
    source.add(frame(1));
    run();
    passSlowly(Duration.ofMillis(1_750));
    assertEquals(List.of(), ends);
    passSlowly(Duration.ofMillis(500));
    assertEquals(List.of(StreamEnd.STALLED), ends);
  }

  @Test
  void whoTakesThePlaceOfAnEndedStreamKeepsItsOwnTimes() {
    PumpStream quiet =
        attach(new FakeSink(), FakeSource.ofOne(), 0, OPTIONS.withHeartbeat(Duration.ofHours(1)));
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne(), 0, OPTIONS.withHeartbeat(Duration.ofSeconds(5)));
    run();
    passSlowly(Duration.ofSeconds(1));
    quiet.endNow(StreamEnd.COMPLETED);
    run();
    passSlowly(Duration.ofSeconds(20));
    assertEquals(4, sink.count("write"));
  }

  @Test
  void aClientThatTakesALittleKeepsItsStream() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(sink, source);
    for (int i = 0; i < 10; i++) {
      sink.unstall(1);
      source.add(frame(i));
      run();
      assertEquals(i + 1, sink.count("write"));
      passSlowly(Duration.ofSeconds(20));
    }
    assertEquals(List.of(), ends);
  }

  @Test
  void anIdleStreamIsNotStalled() {
    var sink = new FakeSink();
    attach(sink, FakeSource.ofOne(frame(1)));
    run();
    passSlowly(Duration.ofMinutes(5));
    assertEquals(List.of(), ends);
  }

  @Test
  void anOldStreamIsSentAwayInGoodOrder() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(1));
    attach(sink, source, 0, OPTIONS.withHeartbeat(Duration.ofHours(2)));
    run();
    pass(Duration.ofMinutes(59));
    assertEquals(List.of(), ends);
    sink.takeText();
    source.add(frame(2));
    pass(Duration.ofMinutes(1));
    assertEquals(
        frame(2) + "retry: 4000\nevent: sse.goaway\ndata: {\"reason\":\"lifetime\"}\n\n",
        sink.text());
    assertEquals(List.of(StreamEnd.LIFETIME), ends);
    assertTrue(StreamEnd.LIFETIME.clientReturns());
  }

  @Test
  void lifetimesAndRetriesAreVariedSoThatClientsDoNotReturnTogether() {
    var sink = new FakeSink();
    randomBits = -1; // the most jitter: a life 20 % shorter, a retry 20 % longer
    attach(sink, FakeSource.ofOne(), 0, OPTIONS.withHeartbeat(Duration.ofHours(2)));
    run();
    pass(Duration.ofMinutes(47));
    assertEquals(List.of(), ends);
    pass(Duration.ofMinutes(2));
    assertTrue(sink.text().startsWith("retry: 6000\n"), sink.text());
    assertEquals(List.of(StreamEnd.LIFETIME), ends);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 0x4000_0000_0000_0000L})
  void aDelayIsVariedByOneFifthEitherWay(long bits) {
    randomBits = bits;
    long millis = pump.jitter(Duration.ofSeconds(10)).toMillis();
    assertTrue(8000 <= millis && millis <= 12_000, millis + " ms");
    assertEquals(1, pump.jitter(Duration.ofMillis(1)).toMillis());
    assertTrue(pump.jitter(Duration.ofMillis(Integer.MAX_VALUE)).toMillis() <= Integer.MAX_VALUE);
  }

  // Ends that are asked for.

  @Test
  void endNowWritesNothingMore() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(1));
    PumpStream stream = attach(sink, source);
    stream.endNow(StreamEnd.REPLACED);
    run();
    assertEquals(List.of("end REPLACED"), sink.calls());
    assertTrue(stream.isEnded());
    assertEquals(1, source.ended);
    stream.wake();
    stream.endNow(StreamEnd.COMPLETED);
    source.add(frame(2));
    run();
    assertEquals(List.of(StreamEnd.REPLACED), ends);
  }

  /**
   * 1. the application replaces the stream 2. the container says that the request is over 3. the
   * pump runs, and must not tell the application that the client has gone.
   */
  @Test
  void theFirstEndThatIsAskedForCounts() {
    var sink = new FakeSink();
    PumpStream stream = attach(sink, FakeSource.ofOne());
    stream.endNow(StreamEnd.REPLACED);
    stream.endNow(StreamEnd.CLIENT_GONE);
    stream.goAway(StreamEnd.SHUTDOWN);
    run();
    assertEquals(List.of(StreamEnd.REPLACED), ends);
  }

  @Test
  void theFirstFarewellCounts() {
    var sink = new FakeSink();
    PumpStream stream = attach(sink, FakeSource.ofOne());
    stream.endAfterDrain(StreamEnd.EXPIRED, bytes(": bye\n"));
    stream.goAway(StreamEnd.SHUTDOWN);
    run();
    assertEquals(": bye\n", sink.text());
    assertEquals(List.of(StreamEnd.EXPIRED), ends);
  }

  @Test
  void endNowOvertakesAnEndThatIsStillWriting() {
    var sink = new FakeSink();
    sink.stall();
    PumpStream stream = attach(sink, FakeSource.ofOne(frame(1)));
    stream.endAfterDrain(StreamEnd.COMPLETED, bytes(": bye\n"));
    run();
    stream.endNow(StreamEnd.CLIENT_GONE);
    run();
    assertEquals(List.of("end CLIENT_GONE"), sink.calls());
  }

  @Test
  void endAfterDrainWritesWhatThereIsThenTheFarewellThenEnds() {
    var sink = new FakeSink();
    String large = frame('x', Pump.RUN_BYTES);
    PumpStream stream = attach(sink, FakeSource.ofOne(large, large, frame(1)));
    stream.endAfterDrain(StreamEnd.COMPLETED, bytes(": bye\n"));
    run();
    assertEquals(sent(large, large, frame(1)) + ": bye\n", sink.text());
    assertTrue(sink.isFlushed());
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
  }

  @Test
  void endAfterDrainNeedsNoFarewell() {
    var sink = new FakeSink();
    PumpStream stream = attach(sink, FakeSource.ofOne(frame(1)));
    stream.endAfterDrain(StreamEnd.COMPLETED, new byte[0]);
    run();
    assertEquals(List.of("write 4", "flush", "end COMPLETED"), sink.calls());
  }

  @Test
  void aFarewellIsWhatItWasWhenItWasGiven() {
    var sink = new FakeSink();
    PumpStream stream = attach(sink, FakeSource.ofOne());
    byte[] farewell = bytes(": bye\n");
    stream.endAfterDrain(StreamEnd.COMPLETED, farewell);
    farewell[2] = 'x';
    run();
    assertEquals(": bye\n", sink.text());
  }

  @Test
  void anEndWaitsUntilTheSinkHasSentEverything() {
    var sink = new FakeSink();
    sink.stallAtFlush();
    PumpStream stream = attach(sink, FakeSource.ofOne(frame(1)));
    stream.endAfterDrain(StreamEnd.COMPLETED, bytes(": bye\n"));
    run();
    assertEquals(List.of("write 4", "flush"), sink.calls());
    sink.unstall();
    run();
    assertEquals(List.of("write 4", "flush", "write 6", "flush"), sink.calls());
    assertEquals(List.of(), ends);
    sink.unstall();
    run();
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
  }

  @Test
  void aFarewellThatTheClientDoesNotTakeEndsAtTheDeadline() {
    var sink = new FakeSink();
    sink.stallAfter(1);
    PumpStream stream = attach(sink, FakeSource.ofOne(frame(1)));
    run();
    stream.goAway(StreamEnd.SHUTDOWN);
    passSlowly(Duration.ofSeconds(31));
    assertEquals(List.of(StreamEnd.STALLED), ends);
  }

  /** A channel that is published to faster than it is written has always something to read. */
  @Test
  void anEndIsNotPutOffForEverByASourceThatNeverRunsDry() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    PumpStream stream = attach(sink, source);
    run();
    sink.stall();
    source.endless = true;
    stream.endAfterDrain(StreamEnd.LIFETIME, bytes(": bye\n"));
    for (int i = 0; i < 70 && ends.isEmpty(); i++) {
      sink.unstall(1);
      pass(Duration.ofMillis(500));
    }
    assertEquals(List.of(StreamEnd.LIFETIME), ends);
    assertTrue(sink.text().endsWith(": endless\n: bye\n"));
  }

  @Test
  void anExhaustedSourceCompletesItsStream() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne(frame(1));
    attach(sink, source);
    run();
    assertEquals(List.of(), ends);
    source.closed = true;
    source.add(frame(2));
    run();
    assertEquals(sent(frame(1), frame(2)), sink.text());
    assertEquals("end COMPLETED", sink.calls().get(sink.calls().size() - 1));
    assertTrue(sink.isFlushed());
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
  }

  @Test
  void anExhaustedSourceWaitsForASinkThatIsNotReady() {
    var sink = new FakeSink();
    sink.stallAtFlush();
    FakeSource source = FakeSource.ofOne(frame(1));
    source.closed = true;
    attach(sink, source);
    run();
    assertEquals(List.of(), ends);
    sink.unstall();
    run();
    assertEquals(List.of(StreamEnd.COMPLETED), ends);
  }

  // Faults.

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatHasLeftIsNoFault(boolean atFlush) {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(sink, source);
    run();
    if (atFlush) {
      sink.stallAfter(1);
      source.add(frame(1));
      run();
      sink.unstall();
    }
    sink.leave();
    source.add(frame(2));
    try (var log = new LogCapture()) {
      run();
      assertEquals(List.of(), log.messages());
    }
    assertEquals(List.of(StreamEnd.CLIENT_GONE), ends);
    assertTrue(StreamEnd.CLIENT_GONE.clientReturns());
  }

  @ParameterizedTest
  @ValueSource(strings = {"attached", "read", "written", "isExhausted", "ended"})
  void aSourcesFaultEndsItsOwnStreamOnly(String call) {
    FakeSource failing = FakeSource.ofOne(frame(1));
    PumpStream failed = attach(new FakeSink(), failing);
    failing.failAt(call, new IllegalStateException("on purpose"));
    faultIsLoggedAndHurtsNobodyElse(failed, call.equals("ended"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"isReady", "write", "flush", "end"})
  void aSinksFaultEndsItsOwnStreamOnly(String call) {
    var failing = new FakeSink();
    PumpStream failed = attach(failing, FakeSource.ofOne(frame(1)));
    failing.failAt(call, new IllegalStateException("on purpose"));
    if (call.equals("end")) {
      sinks.remove(failing); // it has refused to hear of its end
    }
    faultIsLoggedAndHurtsNobodyElse(failed, call.equals("end"));
    if (call.equals("end")) {
      ends.clear();
    }
  }

  private void faultIsLoggedAndHurtsNobodyElse(PumpStream failed, boolean atItsEnd) {
    var other = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    attach(other, source);
    if (atItsEnd) {
      failed.endNow(StreamEnd.REPLACED);
    }
    try (var log = new LogCapture()) {
      run();
      assertEquals(1, log.messages().size(), log.messages().toString());
    }
    assertTrue(failed.isEnded());
    assertEquals(List.of(atItsEnd ? StreamEnd.REPLACED : StreamEnd.FAILED), ends);
    source.add(frame(2));
    run();
    assertEquals(frame(2), other.text());
    pass(Duration.ofSeconds(16));
    assertEquals(frame(2) + ":\n", other.text());
  }

  @Test
  void aFaultOfASinkAtAHeartbeatEndsItsOwnStreamOnly() {
    var failing = new FakeSink();
    attach(failing, FakeSource.ofOne());
    var other = new FakeSink();
    attach(other, FakeSource.ofOne());
    run();
    failing.failAt("isReady", new IllegalStateException("on purpose"));
    try (var log = new LogCapture()) {
      pass(Duration.ofSeconds(16));
      assertEquals(1, log.messages().size());
    }
    assertEquals(List.of(StreamEnd.FAILED), ends);
    assertEquals(":\n", other.text());
  }

  @Test
  void aCallbackThatThrowsHurtsNobody() {
    var sink = new FakeSink();
    FakeSource source = FakeSource.ofOne();
    PumpStream stream =
        pump.attach(
            new FakeSink(),
            FakeSource.ofOne(),
            0,
            OPTIONS,
            end -> {
              throw new IllegalStateException("on purpose");
            });
    attach(sink, source);
    stream.endNow(StreamEnd.COMPLETED);
    try (var log = new LogCapture()) {
      run();
      assertEquals(1, log.messages().size());
    }
    source.add(frame(1));
    run();
    assertEquals(frame(1), sink.text());
  }

  // Many streams that wake together.

  @Test
  void aGroupWakesItsStreamsWithOnePlaceInTheQueue() {
    FakeSource source = FakeSource.shared();
    var emptied = new ArrayList<PumpGroup>();
    var one = new FakeSink();
    var two = new FakeSink();
    PumpStream first = attach(one, source);
    PumpStream second = attach(two, source);
    var group = new PumpGroup(first.worker, emptied::add);
    group.add(first);
    group.add(second);
    run();
    source.add(frame(1));
    run();
    source.addSilently(frame(2));
    group.enqueue();
    group.enqueue();
    run();
    assertEquals(sent(frame(1), frame(2)), one.text());
    assertEquals(one.text(), two.text());
    assertEquals(2, source.encodings);
    // Members that have ended are dropped at the next run, and the group when it has none.
    first.endNow(StreamEnd.COMPLETED);
    run();
    group.enqueue();
    run();
    assertEquals(List.of(), emptied);
    second.endNow(StreamEnd.COMPLETED);
    group.enqueue();
    run();
    assertEquals(List.of(group), emptied);
  }

  // The pump's own end.

  @Test
  void aClosedPumpSaysGoodbyeToEveryStreamAndCutsThoseThatDoNotTakeIt() {
    var good = new FakeSink();
    var stalled = new FakeSink();
    attach(good, FakeSource.ofOne(frame(1)));
    attach(stalled, FakeSource.ofOne(frame(1)));
    run();
    stalled.stall();
    pump.close();
    assertEquals(
        frame(1) + "retry: 4000\nevent: sse.goaway\ndata: {\"reason\":\"shutdown\"}\n\n",
        good.text());
    assertTrue(good.isFlushed());
    assertEquals(List.of(StreamEnd.SHUTDOWN, StreamEnd.SHUTDOWN), ends);
    assertThrows(
        IllegalStateException.class,
        () -> pump.attach(new FakeSink(), FakeSource.ofOne(), 0, OPTIONS, end -> {}));
    pump.close();
  }

  @Test
  void aPumpWithThreadsIsNotRunByHand() {
    try (Pump threaded = Pump.create(1)) {
      assertThrows(IllegalStateException.class, threaded::runPending);
    }
    assertThrows(IllegalArgumentException.class, () -> Pump.create(0));
    assertNull(new FakeSink().end());
  }
}
