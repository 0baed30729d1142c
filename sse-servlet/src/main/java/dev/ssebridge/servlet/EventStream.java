package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.FrameSink;
import dev.ssebridge.FrameSource;
import dev.ssebridge.Pump;
import dev.ssebridge.PumpStream;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open {@code text/event-stream} response, and the only class that touches it. Its bytes are
 * written by a {@link Pump} through the non-blocking output of Jakarta Servlet 6 §5.7.
 *
 * <p>Containers recycle responses: a touch after the container's last word lands in another
 * client's response. Therefore every touch is made under one lock, the container's terminal
 * callbacks take that lock before they return, and after them nothing is touched any more.
 *
 * <p>Threading: the public methods are safe from any thread and never block.
 */
public final class EventStream {
  private final Response response;
  private final PumpStream stream;

  private EventStream(Response response, PumpStream stream) {
    this.response = response;
    this.stream = stream;
  }

  /**
   * Answers a request with a stream of a source's frames: status 200, the headers of an event
   * stream, {@code retry:}, then whatever the source has. Returns at once; the request stays open
   * until the stream ends.
   *
   * @param request asynchronous processing must be supported by every filter and the servlet before
   *     us
   * @param response not committed
   * @param pump writes the stream
   * @param source what to send
   * @param position where in the source to begin
   * @param greeting whole lines to send after {@code retry:}, may be empty
   * @param options the stream's times
   * @param onEnd told once, on a callback thread
   * @return the stream
   * @throws IllegalStateException if the response is committed, or something before us in the chain
   *     does not support asynchronous processing
   * @throws IOException if the client has left already
   */
  public static EventStream open(
      HttpServletRequest request,
      HttpServletResponse response,
      Pump pump,
      FrameSource source,
      long position,
      byte[] greeting,
      StreamOptions options,
      Consumer<StreamEnd> onEnd)
      throws IOException {
    if (response.isCommitted()) {
      throw new IllegalStateException("cannot open an event stream: the response is committed");
    }
    if (!request.isAsyncSupported()) {
      throw new IllegalStateException(
          "cannot open an event stream at "
              + request.getRequestURI()
              + ": a filter or servlet in front of it is not declared async-supported");
    }
    writeHead(response);
    ServletOutputStream out = response.getOutputStream();
    // The one blocking write: the client hears from us now, not when this request's thread is done.
    out.write(preface(pump.jitter(options.retry()).toMillis(), greeting));
    out.flush();
    AsyncContext async = request.startAsync(request, response);
    async.setTimeout(0); // our pump decides how long a stream lives
    var open = new Response(async, out);
    PumpStream stream = pump.attach(open, source, position, options, onEnd);
    open.begin(stream);
    return new EventStream(open, stream);
  }

  /**
   * Runs work of the application's on a thread of its container, after this request's own thread
   * has left the servlet, and with the context that the container gives to such threads (Jakarta
   * Servlet 6 §2.3.3.4).
   *
   * @param work runs once, concurrently with the stream
   * @return false if the stream has ended already and the work will not run
   */
  public boolean startOnContainer(Runnable work) {
    return response.start(work);
  }

  /** Says that the source has something new to send. */
  public void wake() {
    stream.wake();
  }

  /**
   * Ends the stream at once, without another byte.
   *
   * @param why told to {@code onEnd}
   */
  public void endNow(StreamEnd why) {
    stream.endNow(why);
  }

  /**
   * Ends the stream in good order: what is readable now, then {@code sse.goaway} and a jittered
   * {@code retry:}.
   *
   * @param why a reason after which the client returns
   */
  public void goAway(StreamEnd why) {
    stream.goAway(why);
  }

  /**
   * Whether the stream can still carry anything.
   *
   * @return false once it has ended, or its container has said that it has
   */
  public boolean isOpen() {
    return !stream.isEnded() && !response.isOver();
  }

  /**
   * Answers 200 with the headers of an event stream, which no cache, proxy or filter may hold up.
   */
  static void writeHead(HttpServletResponse response) {
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType("text/event-stream;charset=UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.setHeader("X-Accel-Buffering", "no");
  }

  /**
   * {@code retry:} stands in the block of the greeting's event, as some clients fail on its own.
   */
  private static byte[] preface(long retryMillis, byte[] greeting) {
    byte[] retry = new FrameEncoder(32).retry(retryMillis).comment("").toByteArray();
    byte[] both = Arrays.copyOf(retry, retry.length + greeting.length);
    System.arraycopy(greeting, 0, both, retry.length, greeting.length);
    return both;
  }

  /** The container's side of a stream. */
  private static final class Response implements FrameSink, WriteListener, AsyncListener {
    private final ReentrantLock io = new ReentrantLock(); // held for every touch of out and async

    @GuardedBy("io")
    private @Nullable AsyncContext async;

    @GuardedBy("io")
    private @Nullable ServletOutputStream out;

    /**
     * Set by the first {@code onWritePossible}: until then the request's own thread is using it.
     */
    private volatile boolean writable;

    private volatile @Nullable PumpStream stream;

    Response(AsyncContext async, ServletOutputStream out) {
      this.async = async;
      this.out = out;
    }

    /** On the request's thread, before it leaves the servlet. */
    void begin(PumpStream ours) {
      stream = ours;
      io.lock();
      try {
        if (async != null && out != null) {
          async.addListener(this);
          out.setWriteListener(this);
        }
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
        open().write(bytes, from, count);
      } catch (IllegalStateException containerDone) {
        throw new IOException("the container has ended the response", containerDone);
      } finally {
        io.unlock();
      }
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
}
