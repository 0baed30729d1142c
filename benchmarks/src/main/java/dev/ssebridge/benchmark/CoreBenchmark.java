package dev.ssebridge.benchmark;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.Cursor;
import dev.ssebridge.EventLog;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.Frame;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.MemoryEventLog;
import dev.ssebridge.Publication;
import dev.ssebridge.Replay;
import dev.ssebridge.SseEvent;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** The parts of a fan-out, one by one: {@code bin/bench --jmh [JMH's options]}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CoreBenchmark {
  private static final int PAGE = 32;

  /** Bytes of an event's text. */
  @Param({"200", "2000"})
  public int bytes;

  private final ChannelSet channels = ChannelSet.of("prices");
  private EventLog log = new MemoryEventLog();
  private SseEvent event = SseEvent.of("");
  private Publication publication = Publication.of("prices", event);
  private Cursor aPageBack = log.head();
  private String id = "";
  private byte[] stream = {};

  /** Fills a log and a stream with events. */
  @Setup
  public void fill() {
    event = SseEvent.of(Text.of(bytes, 1, System.nanoTime()));
    publication = Publication.of("prices", event);
    var encoded = new FrameEncoder(PAGE * 4096);
    for (int i = 0; i < 1000; i++) {
      if (i == 1000 - PAGE) {
        aPageBack = log.head();
      }
      var unused = log.append(publication);
    }
    Frame frame = FrameEncoder.frame(event, "prices");
    for (int i = 0; i < PAGE; i++) {
      encoded.id(log.head().epoch(), i).frame(frame);
    }
    stream = encoded.toByteArray();
    id = log.head().toString();
  }

  /** An event as a frame. */
  @Benchmark
  public Frame encode() {
    return FrameEncoder.frame(event, "prices");
  }

  /** A stream of 32 events. */
  @Benchmark
  public void parse32(Blackhole hole) {
    var parser = new EventStreamParser(1 << 20);
    parser.feed(stream, 0, stream.length);
    for (var step = parser.next();
        step != EventStreamParser.Stop.NEEDS_INPUT;
        step = parser.next()) {
      hole.consume(step);
    }
  }

  /** An event into the log. */
  @Benchmark
  public Object append() {
    return log.append(publication);
  }

  /** The newest 32 events of a log that holds 1,000. */
  @Benchmark
  public Replay read32() {
    return log.read(aPageBack, channels, PAGE);
  }

  /** 32 events as a stream sends them: an id line and the frame each. */
  @Benchmark
  public int write32(Blackhole hole) {
    var out = new FrameEncoder(PAGE * 4096);
    for (Replay.Entry entry : log.read(aPageBack, channels, PAGE).entries()) {
      out.id(aPageBack.epoch(), entry.offset()).frame(entry.frame());
    }
    hole.consume(out);
    return out.length();
  }

  /** A cursor that a client brings. */
  @Benchmark
  public Optional<Cursor> cursor() {
    return Cursor.parse(id);
  }
}
