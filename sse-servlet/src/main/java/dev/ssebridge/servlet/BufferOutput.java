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
 * Servlet 6.1 §5.7, and containers before it had the method already) sends it without a copy into a
 * buffer of its own, which therefore no idle stream has to hold, and in larger pieces.
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
          return new BufferOutput(find(type));
        }
      };

  private final @Nullable MethodHandle write; // null: it has none of its own

  private BufferOutput(@Nullable MethodHandle write) {
    this.write = write;
  }

  static BufferOutput of(ServletOutputStream out) {
    return KNOWN.get(out.getClass());
  }

  /** The method, unless it is the one of the API, which copies. */
  private static @Nullable MethodHandle find(Class<?> type) {
    try {
      Class<?> declaring = type.getMethod("write", ByteBuffer.class).getDeclaringClass();
      return declaring == ServletOutputStream.class
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
