package dev.ssebridge.example.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FrontTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> taken = new CopyOnWriteArrayList<>();
  private HttpServer container;
  private Front front;

  @BeforeEach
  void start() throws IOException {
    container = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    container.setExecutor(threads);
    container.createContext(
        "/stream",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("first\n".getBytes(StandardCharsets.US_ASCII));
          exchange.getResponseBody().flush(); // and stays open
        });
    container.createContext(
        "/page",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          taken.add(new String(body, StandardCharsets.US_ASCII));
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    container.start();
    front = Front.listen(0, container.getAddress().getPort(), Duration.ofDays(1));
  }

  @AfterEach
  void stop() {
    front.close();
    container.stop(0);
    threads.shutdownNow();
  }

  @Test
  void aCutResetsTheStreamsOfOneClientOnly() throws IOException {
    try (Client ann = new Client();
        Client bob = new Client();
        Client page = new Client()) {
      ann.sends("GET /stream?name=ann HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
      ann.reads("first\n");
      bob.sends("GET /stream?name=bob HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
      bob.reads("first\n");

      page.sends("POST /demo/cut?client=ann HTTP/1.1\r\nHost: h\r\n\r\n");
      page.reads("{\"connections\":1,\"streams\":1}");

      assertThrows(IOException.class, () -> ann.reads("more"));
      assertEquals(new Front.Cut(1, 1), front.cut("bob"));
      assertEquals(new Front.Cut(0, 0), front.cut("ann"));
    }
  }

  @Test
  void rightAfterACutARequestIsServedAndItsAnswerLost() throws IOException {
    front.cut("ann");
    try (Client ann = new Client();
        Client bob = new Client()) {
      ann.sends("POST /page?name=ann HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
      assertThrows(IOException.class, () -> ann.reads("hello"));
      assertEquals(List.of("hello"), taken);

      bob.sends("POST /page?name=bob HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nthere");
      bob.reads("there");
    }
  }

  @Test
  void aConnectionBelongsToTheClientOfItsLatestRequest() throws IOException {
    try (Client browser = new Client()) {
      browser.sends("GET /page?name=ann HTTP/1.1\r\nHost: h\r\n\r\n");
      browser.reads("200 OK");
      browser.sends("POST /page?x=1&name=bob HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
      browser.sends("hello");
      browser.reads("hello");

      assertEquals(new Front.Cut(0, 0), front.cut("ann"));
      assertEquals(new Front.Cut(1, 0), front.cut("bob"));
    }
  }

  @Test
  void theConnectionThatAsksForACutGoesOn() throws IOException {
    try (Client browser = new Client()) {
      browser.sends("GET /page?name=ann HTTP/1.1\r\nHost: h\r\n\r\n");
      browser.reads("200 OK");
      browser.sends("POST /demo/cut?client=ann HTTP/1.1\r\nHost: h\r\n\r\n");
      browser.reads("{\"connections\":0,\"streams\":0}");
      browser.sends("POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nagain");
      browser.reads("again");
    }
  }

  private final class Client implements AutoCloseable {
    private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), front.port());
    private final InputStream in = socket.getInputStream();
    private final OutputStream out = socket.getOutputStream();

    Client() throws IOException {}

    void sends(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads up to and including the text. */
    void reads(String text) throws IOException {
      StringBuilder read = new StringBuilder();
      while (read.indexOf(text) < 0) {
        int next = in.read();
        if (next < 0) {
          throw new AssertionError("ended in order after: " + read);
        }
        read.append((char) next);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
