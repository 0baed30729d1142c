package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.FrameSink;
import dev.ssebridge.PumpStream;
import dev.ssebridge.StreamEnd;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The container's side of a stream, and after the first bytes the only thing that touches it.
 *
 * <p>Threading: the {@link FrameSink} methods on the pump's thread, the listeners' on any of the
 * container's, {@link #begin} on the request's. One lock makes them one after the other.
 */
final class ResponseSink implements FrameSink, WriteListener, AsyncListener {
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private final OwnedLock io = new OwnedLock(); // held for every touch of out and async

  @GuardedBy("io")
  private @Nullable AsyncContext async;

  @GuardedBy("io")
  private @Nullable ServletOutputStream out;

  /** Set by the first {@code onWritePossible}: until then the request's own thread is using it. */
  private volatile boolean writable;

  private volatile @Nullable PumpStream stream;

  private final BufferOutput output;

  ResponseSink(AsyncContext async, ServletOutputStream out) {
    this.async = async;
    this.out = out;
    this.output = BufferOutput.of(out);
  }

  /**
   * On the request's thread, before it leaves the servlet.
   *
   * @throws IllegalStateException if the response cannot be written to without blocking; it has
   *     been ended then
   */
  void begin(PumpStream ours) {
    stream = ours;
    io.lock();
    try {
      if (async != null && out != null) {
        async.addListener(this);
        out.setWriteListener(this);
      }
    } catch (RuntimeException refused) {
      finishedByContainer(true, StreamEnd.FAILED);
      throw new IllegalStateException(
          "cannot open an event stream: the response, perhaps wrapped by a filter, has no"
              + " non-blocking output (ServletOutputStream.setWriteListener)",
          refused);
    } finally {
      io.unlock();
    }
  }

  boolean start(Runnable work) {
    Thread thread = Thread.currentThread();
    ClassLoader applications = thread.getContextClassLoader();
    io.lock();
    try {
      if (async == null) {
        return false;
      }
      // A container's pool may grow here. Its threads outlive the application, so they must not
      // inherit the application's class loader; the container sets it while the work runs.
      thread.setContextClassLoader(async.getClass().getClassLoader());
      async.start(work);
      return true;
    } catch (IllegalStateException containerDone) {
      return false;
    } finally {
      thread.setContextClassLoader(applications);
      io.unlock();
    }
  }

  boolean isOver() {
    io.lock();
    try {
      return out == null;
    } finally {
      io.unlock();
    }
  }

  @Override
  public boolean isReady() {
    if (!writable) {
      return false;
    }
    io.lock();
    try {
      return out != null && out.isReady();
    } finally {
      io.unlock();
    }
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    io.lock();
    try {
      output.write(open(), bytes, from, count);
    } catch (IllegalStateException containerDone) {
      throw new IOException("the container has ended the response", containerDone);
    } finally {
      io.unlock();
    }
  }

  @Override
  public Sent send(byte[] bytes, int from, int count, boolean flush) throws IOException {
    io.lock();
    try {
      return FrameSink.super.send(bytes, from, count, flush);
    } finally {
      io.unlock();
    }
  }

  @Override
  public int runBytes() {
    return output.runBytes();
  }

  @Override
  public void flush() throws IOException {
    io.lock();
    try {
      open().flush();
    } catch (IllegalStateException containerDone) {
      throw new IOException("the container has ended the response", containerDone);
    } finally {
      io.unlock();
    }
  }

  @GuardedBy("io")
  private ServletOutputStream open() throws IOException {
    if (out == null) {
      throw new IOException("the response has ended");
    }
    return out;
  }

  @Override
  public void end(StreamEnd why) {
    finish(true);
    // Once: Undertow is silent, too, where a client leaves at once, and clients must not fill a
    // log.
    if (why == StreamEnd.STALLED && !writable && WARNED.compareAndSet(false, true)) {
      EventStreams.LOG.log(
          System.Logger.Level.WARNING,
          "the container never asked for the bytes of an event stream; if this happens to every"
              + " stream, a filter wraps the response and swallows"
              + " ServletOutputStream.setWriteListener, else the client has left at once");
    }
  }

  @Override
  public void onWritePossible() {
    writable = true;
    PumpStream ours = stream;
    if (ours != null) {
      ours.wake();
    }
  }

  /** The container's or our own last word. After it, out and async belong to another request. */
  private void finish(boolean complete) {
    io.lock();
    try {
      AsyncContext ending = async;
      async = null;
      out = null;
      if (ending != null && complete) {
        ending.complete();
      }
    } catch (IllegalStateException containerWasFirst) {
      // It had begun to end the request on its own; there is nothing left to complete.
    } finally {
      io.unlock();
    }
  }

  private void finishedByContainer(boolean complete, StreamEnd why) {
    finish(complete);
    PumpStream ours = stream;
    if (ours != null) {
      ours.endNow(why);
    }
  }

  @Override
  public void onError(Throwable clientGone) { // of WriteListener
    finishedByContainer(true, StreamEnd.CLIENT_GONE);
  }

  @Override
  public void onComplete(AsyncEvent event) {
    finishedByContainer(false, StreamEnd.CLIENT_GONE);
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    finishedByContainer(true, StreamEnd.CLIENT_GONE);
  }

  @Override
  public void onError(AsyncEvent event) {
    finishedByContainer(true, StreamEnd.CLIENT_GONE);
  }

  @Override
  public void onStartAsync(AsyncEvent event) {}
}
