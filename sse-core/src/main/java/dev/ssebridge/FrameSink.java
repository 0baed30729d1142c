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
   * Ends the response; the last call, and made once. Must not throw.
   *
   * @param why for telemetry; the bytes that tell a client have been written before
   */
  void end(StreamEnd why);
}
