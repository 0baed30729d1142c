package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Opens streams and hands them to the test: what a container does with the plainest stream, without
 * anything of SSE Bridge. The first event of each tells the protocol.
 */
public final class StreamServlet extends HttpServlet {
  private final BlockingQueue<Open> streams = new LinkedBlockingQueue<>();

  /**
   * A stream; the test writes to it, blocking. Whoever touches the response holds the lock, and
   * nobody does after the container has said that it is over: Tomcat gives the response to another
   * request then, whose client would get what is written.
   */
  public static final class Open implements AsyncListener {
    private final AsyncContext async;
    private final ReentrantLock io = new ReentrantLock();
    private boolean over; // guarded by io
    private final CountDownLatch told = new CountDownLatch(1);

    Open(AsyncContext async) {
      this.async = async;
    }

    /**
     * Writes one event and flushes it.
     *
     * @throws IOException if the stream is over, or this write has shown it
     */
    public void send(String text) throws IOException {
      io.lock();
      try {
        if (over) {
          throw new IOException("the stream is over");
        }
        byte[] event = ("data: " + text + "\n\n").getBytes(StandardCharsets.UTF_8);
        async.getResponse().getOutputStream().write(event);
        async.getResponse().flushBuffer();
      } finally {
        io.unlock();
      }
    }

    /** Ends the response, unless it is over. */
    public void complete() {
      io.lock();
      try {
        if (!over) {
          over = true;
          async.complete();
        }
      } finally {
        io.unlock();
      }
    }

    /** Whether the container says, within that time, that the stream is over. */
    public boolean isToldOver(long time, TimeUnit unit) throws InterruptedException {
      return told.await(time, unit);
    }

    private void end() {
      io.lock();
      try {
        over = true;
      } finally {
        io.unlock();
      }
      told.countDown();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}

    @Override
    public void onComplete(AsyncEvent event) {
      end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      end();
    }

    @Override
    public void onError(AsyncEvent event) {
      end();
    }
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/event-stream;charset=UTF-8");
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    Open stream = new Open(async);
    async.addListener(stream);
    stream.send("hello over " + request.getProtocol());
    streams.add(stream);
  }

  /** The next stream that was opened. */
  public Open next() throws InterruptedException {
    Open next = streams.poll(10, TimeUnit.SECONDS);
    assertNotNull(next, "no stream arrived");
    return next;
  }
}
