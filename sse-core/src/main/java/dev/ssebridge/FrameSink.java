package dev.ssebridge;

import java.io.IOException;

/**
 * Where a stream's bytes go: the non-blocking output of one response. Implemented by whatever
 * touches a container; called by the {@link Pump} alone.
 *
 * <p>Threading: one call at a time, always from the stream's pump thread. No call may block. When a
 * sink that was not ready can take bytes again, it calls {@link PumpStream#wake()}.
 */
public interface FrameSink {
  /** What has become of a {@link FrameSink#send}. */
  enum Sent {
    /** All was done, and {@link FrameSink#isReady} is true. */
    READY,
    /** All was done, and {@link FrameSink#isReady} is false. */
    BLOCKED,
    /** It was written, and then {@link FrameSink#isReady} was false; nothing was flushed. */
    UNFLUSHED
  }

  /**
   * Whether the next {@link #write} or {@link #flush} will be taken without blocking. A false
   * answer obliges the sink to wake its stream later.
   *
   * @return false too when the response has ended
   */
  boolean isReady();

  /**
   * Takes bytes. Only after {@link #isReady} was true. The array must stay as it is until {@code
   * isReady} is true again, since a container may still be reading from it.
   *
   * @param bytes holds them
   * @param from index of the first
   * @param count how many, at least 1
   * @throws IOException if the client has gone
   */
  void write(byte[] bytes, int from, int count) throws IOException;

  /**
   * How many bytes it sends in one piece: runs are made to fit.
   *
   * @return at least 1; default {@value Pump#RUN_BYTES}
   */
  default int runBytes() {
    return Pump.RUN_BYTES;
  }

  /**
   * Sends on what was written. Only after {@link #isReady} was true.
   *
   * @throws IOException if the client has gone
   */
  void flush() throws IOException;

  /**
   * Writes, and flushes if that was all there is for now: what a stream does most, in one call, so
   * that a sink need lock only once. Only after {@link #isReady} was true.
   *
   * @param bytes as for {@link #write}
   * @param from as for {@link #write}
   * @param count as for {@link #write}
   * @param flush whether nothing more follows at once
   * @return what was done, and whether it is ready now
   * @throws IOException if the client has gone
   */
  default Sent send(byte[] bytes, int from, int count, boolean flush) throws IOException {
    write(bytes, from, count);
    if (!isReady()) {
      return Sent.UNFLUSHED;
    }
    if (!flush) {
      return Sent.READY;
    }
    flush();
    return isReady() ? Sent.READY : Sent.BLOCKED;
  }

  /**
   * Ends the response; the last call, and made once. Must not throw.
   *
   * @param why for telemetry; the bytes that tell a client have been written before
   */
  void end(StreamEnd why);
}
