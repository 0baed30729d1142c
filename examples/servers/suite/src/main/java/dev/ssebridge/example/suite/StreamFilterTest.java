package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreams;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What filters in front do to streams, and that they are named for it. */
@OnEveryServer
class StreamFilterTest {
  /** Follows a channel, or notes why it cannot. */
  private static final class Channel extends HttpServlet {
    private final transient SseHub hub;
    final transient BlockingQueue<String> faults = new LinkedBlockingQueue<>();
    transient volatile ServletContext context;

    Channel(SseHub hub) {
      this.hub = hub;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      context = request.getServletContext();
      try {
        EventStream.open(request, response, hub, "a");
      } catch (IllegalStateException e) {
        faults.add(e.getMessage());
        response.sendError(500);
      }
    }
  }

  private Channel servlet;

  @BeforeEach
  void makeServlet(Servers servers) {
    servlet = new Channel(servers.closing(SseHub.create()));
  }

  private EmbeddedServer start(Servers servers, Filter... filters) {
    var config = ServerConfig.embedded().initializer(new EventStreamInitializer());
    for (Filter filter : filters) {
      config.filter("/*", filter);
    }
    return servers.start(config.servlet("/events", servlet));
  }

  /** As caching filters do: everything stays here until the chain returns. */
  private static final class Caching extends HttpServletResponseWrapper {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    Caching(HttpServletResponse response) {
      super(response);
    }

    @Override
    public ServletOutputStream getOutputStream() {
      return new ServletOutputStream() {
        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {}

        @Override
        public void write(int b) {
          kept.write(b);
        }
      };
    }

    @Override
    public void flushBuffer() {}
  }

  @Test
  void aFilterThatHoldsTheStreamBackIsNamed(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            (request, response, chain) ->
                chain.doFilter(request, new Caching((HttpServletResponse) response)));

    StreamClient client = servers.closing(StreamClient.open(servers.http1(), server.uri("events")));

    assertNotEquals(200, client.status());
    String fault = servlet.faults.poll(20, TimeUnit.SECONDS);
    assertTrue(fault.contains("holds it back") && fault.contains("Caching"), fault);
    assertEquals(0, EventStreams.of(servlet.context).count());
  }

  @Test
  void aStreamThatIsSentCompressedIsALineInTheLog(Servers servers) throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Logger logger = Logger.getLogger("dev.ssebridge.servlet"); // held: or it is collected
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      EmbeddedServer server =
          start(
              servers,
              (request, response, chain) -> {
                ((HttpServletResponse) response).setHeader("Content-Encoding", "x-none");
                chain.doFilter(request, response);
              });
      servers.closing(StreamClient.open(servers.http1(), server.uri("events")));
      servers.closing(StreamClient.open(servers.http1(), server.uri("events")));
      String line = lines.poll(20, TimeUnit.SECONDS);
      assertTrue(line.contains("Content-Encoding"), line);
      assertEquals(0, lines.size(), "once");
    } finally {
      logger.removeHandler(handler);
    }
  }
}
