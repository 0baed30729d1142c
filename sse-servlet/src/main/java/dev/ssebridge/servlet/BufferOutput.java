package dev.ssebridge.servlet;

import dev.ssebridge.Pump;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How a class of output is best written to. One that takes a {@link ByteBuffer} as it is (Jakarta
 * Servlet 6.1 §5.7) sends it without a copy into a buffer of its own, which therefore no idle
 * stream has to hold, and in larger pieces.
 *
 * <p>Some containers of Servlet 6.0 have a method of that name, which promises nothing: that of
 * Undertow 2.3 loses bytes over HTTP/2 when it cannot write at once. They are given arrays.
 *
 * <p>Threading: immutable.
 */
final class BufferOutput {
  private static final int LARGE_RUN_BYTES = 32 << 10;
  private static final MethodType WRITE = MethodType.methodType(void.class, ByteBuffer.class);

  /** Classes of containers, held no longer than the containers hold them. */
  private static final ClassValue<BufferOutput> KNOWN =
      new ClassValue<>() {
        @Override
        protected BufferOutput computeValue(Class<?> type) {
          return forType(type, ServletOutputStream.class);
        }
      };

  private final @Nullable MethodHandle write; // null: it has none of its own

  private BufferOutput(@Nullable MethodHandle write) {
    this.write = write;
  }

  static BufferOutput of(ServletOutputStream out) {
    return KNOWN.get(out.getClass());
  }

  static BufferOutput forType(Class<?> type, Class<?> api) {
    return new BufferOutput(find(type, api));
  }

  /** The method that the API promises, unless it is the API's own, which copies. */
  private static @Nullable MethodHandle find(Class<?> type, Class<?> api) {
    try {
      Class<?> promising = api.getMethod("write", ByteBuffer.class).getDeclaringClass();
      Class<?> declaring = type.getMethod("write", ByteBuffer.class).getDeclaringClass();
      return declaring == promising
          ? null
          : MethodHandles.publicLookup()
              .findVirtual(declaring, "write", WRITE)
              .asType(WRITE.insertParameterTypes(0, ServletOutputStream.class));
    } catch (NoSuchMethodException | IllegalAccessException none) {
      return null;
    }
  }

  int runBytes() {
    return write == null ? Pump.RUN_BYTES : LARGE_RUN_BYTES;
  }

  void write(ServletOutputStream out, byte[] bytes, int from, int count) throws IOException {
    if (write == null) {
      out.write(bytes, from, count);
      return;
    }
    try {
      write.invokeExact(out, ByteBuffer.wrap(bytes, from, count));
    } catch (IOException | RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable undeclared) {
      throw new IOException(undeclared);
    }
  }
}
