package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.Pump;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BufferOutputTest {
  /** What Servlet 6.1 adds to its API, with its way of doing it. */
  public abstract static class Api61 extends ServletOutputStream {
    public void write(ByteBuffer buffer) throws IOException {
      throw new AssertionError("this copies");
    }
  }

  private static final byte[] BYTES = "-event-".getBytes(StandardCharsets.US_ASCII);

  /** As in Servlet 6.0: arrays only. */
  public static class Arrays extends Api61 {
    final StringBuilder written = new StringBuilder();

    @Override
    public void write(int b) {
      throw new AssertionError("byte by byte");
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      written.append("array ").append(new String(bytes, from, count, StandardCharsets.US_ASCII));
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {}
  }

  /** As containers of Servlet 6.1 have it: with a method for buffers of its own. */
  public static final class Buffers extends Arrays {
    private boolean gone;

    @Override
    public void write(ByteBuffer buffer) throws IOException {
      if (gone) {
        throw new IOException("gone");
      }
      written.append("buffer ").append(StandardCharsets.US_ASCII.decode(buffer));
    }
  }

  @Test
  void anOutputThatTakesBuffersIsGivenOneAndLargerRuns() throws IOException {
    var out = new Buffers();
    BufferOutput output = BufferOutput.forType(Buffers.class, Api61.class);
    output.write(out, BYTES, 1, 5);
    assertEquals("buffer event", out.written.toString());
    assertTrue(output.runBytes() > Pump.RUN_BYTES);
  }

  @Test
  void anyOtherIsGivenTheArray() throws IOException {
    var out = new Arrays();
    BufferOutput output = BufferOutput.forType(Arrays.class, Api61.class);
    output.write(out, BYTES, 1, 5);
    assertEquals("array event", out.written.toString());
    assertEquals(Pump.RUN_BYTES, output.runBytes());
  }

  /** Undertow 2.3 has one, which loses bytes. */
  @Test
  void aMethodThatTheApiDoesNotPromiseIsNotUsed() throws IOException {
    var out = new Buffers();
    BufferOutput output = BufferOutput.forType(Buffers.class, ServletOutputStream.class);
    output.write(out, BYTES, 1, 5);
    assertEquals("array event", out.written.toString());
  }

  @Test
  void aClientThatHasGoneIsTheSameExceptionEitherWay() {
    var out = new Buffers();
    out.gone = true;
    BufferOutput output = BufferOutput.forType(Buffers.class, Api61.class);
    assertThrows(IOException.class, () -> output.write(out, BYTES, 0, 1));
  }
}
