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
  private static final byte[] BYTES = "-event-".getBytes(StandardCharsets.US_ASCII);

  /** As in Servlet 6.0: arrays only. */
  public static class Arrays extends ServletOutputStream {
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

  /** As containers have it: with a method for buffers of its own. */
  public static final class Buffers extends Arrays {
    private boolean gone;

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
    BufferOutput.of(out).write(out, BYTES, 1, 5);
    assertEquals("buffer event", out.written.toString());
    assertTrue(BufferOutput.of(out).runBytes() > Pump.RUN_BYTES);
  }

  @Test
  void anyOtherIsGivenTheArray() throws IOException {
    var out = new Arrays();
    BufferOutput.of(out).write(out, BYTES, 1, 5);
    assertEquals("array event", out.written.toString());
    assertEquals(Pump.RUN_BYTES, BufferOutput.of(out).runBytes());
  }

  @Test
  void aClientThatHasGoneIsTheSameExceptionEitherWay() {
    var out = new Buffers();
    out.gone = true;
    assertThrows(IOException.class, () -> BufferOutput.of(out).write(out, BYTES, 0, 1));
  }
}
