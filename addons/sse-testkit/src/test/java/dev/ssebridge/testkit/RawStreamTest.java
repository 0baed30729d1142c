package dev.ssebridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RawStreamTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration BRIEFLY = Duration.ofMillis(30);
  private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private TestServer server;
  private RawHttpClient client;
  private Socket accepted;
  private String request;

  @BeforeEach
  void start() throws IOException {
    server = new TestServer();
    client = RawHttpClient.to(URI.create("http://127.0.0.1:" + server.port()));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  /** Opens a stream whose response begins with the given bytes. */
  private RawStream get(String response, String... headers) throws Exception {
    CompletableFuture<Void> served =
        CompletableFuture.runAsync(
            () -> {
              try {
                accepted = server.next();
                request = readHead(accepted.getInputStream());
                send(response);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    RawStream stream = client.get("/stream?a=b", headers);
    served.get(10, TimeUnit.SECONDS);
    return stream;
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
    return head.toString();
  }

  private void send(String text) throws IOException {
    accepted.getOutputStream().write(text.getBytes(UTF_8));
  }

  @Test
  void sendsWhatItIsTold() throws Exception {
    try (RawStream stream =
        get("HTTP/1.1 204 No Content\r\nX-One:  a \r\n\r\n", "Last-Event-ID: a-1")) {
      assertEquals(
          "GET /stream?a=b HTTP/1.1\r\nHost: 127.0.0.1:"
              + server.port()
              + "\r\nLast-Event-ID: a-1\r\n\r\n",
          request);
      assertEquals(204, stream.status());
      assertEquals("a", stream.header("x-one").orElseThrow());
      assertEquals(Ending.COMPLETE, stream.ending());
    }
  }

  @Test
  void decodesChunksHoweverTheyAreCut() throws Exception {
    String body = "7;x=y\r\ndata: é\r\n2\r\n\n\n\r\na\r\n: comment\n\r\n0\r\nTrailer: x\r\n\r\n";
    body = body.replaceFirst("7;", "8;"); // é has two bytes
    try (RawStream stream = get(CHUNKED)) {
      CompletableFuture<String> all =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return stream.readToEnd(SOON);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      accepted.setTcpNoDelay(true);
      for (byte one : body.getBytes(UTF_8)) {
        accepted.getOutputStream().write(one);
      }
      assertEquals("data: é\n\n: comment\n", all.get(10, TimeUnit.SECONDS));
      assertEquals(Ending.COMPLETE, stream.ending());
      assertEquals(20, stream.bytes());
    }
  }

  @Test
  void keepsWhatATimeLimitInterrupts() throws Exception {
    try (RawStream stream = get(CHUNKED + "1")) {
      assertThrows(SocketTimeoutException.class, () -> stream.readBytes(1, BRIEFLY));
      send("0\r\ndata: 12");
      SocketTimeoutException late =
          assertThrows(SocketTimeoutException.class, () -> stream.readThrough("\n\n", BRIEFLY));
      assertTrue(late.getMessage().contains("<data: 12>"), late.getMessage());
      send("\n\ndata: \r\n1\r\n2\r\n");
      assertEquals("data: 12\n\n", stream.readThrough("\n\n", SOON));
      assertEquals("data: 2", new String(stream.readBytes(7, SOON), UTF_8));
      assertEquals(Ending.OPEN, stream.ending());
    }
  }

  @Test
  void tellsACutFromACompleteBody() throws Exception {
    try (RawStream stream = get(CHUNKED + "5\r\ndata:")) {
      accepted.close();
      assertEquals("data:", stream.readToEnd(SOON));
      assertEquals(Ending.CUT, stream.ending());
      assertEquals(-1, stream.read(new byte[1], SOON));
    }
    try (RawStream stream = get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")) {
      assertEquals("abcde", stream.readToEnd(SOON));
      assertEquals(Ending.COMPLETE, stream.ending());
    }
    try (RawStream stream = get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")) {
      accepted.close();
      assertEquals("ab", stream.readToEnd(SOON));
      assertEquals(Ending.CUT, stream.ending());
    }
    try (RawStream stream = get("HTTP/1.0 200 OK\r\n\r\nabc")) {
      accepted.close();
      assertEquals("abc", stream.readToEnd(SOON));
      assertEquals(Ending.COMPLETE, stream.ending());
    }
  }

  @Test
  void tellsAReset() throws Exception {
    try (RawStream stream = get(CHUNKED + "5\r\ndata:\r\n")) {
      assertEquals("data:", new String(stream.readBytes(5, SOON), UTF_8));
      accepted.setSoLinger(true, 0);
      accepted.close();
      assertEquals(-1, stream.read(new byte[1], SOON));
      assertEquals(Ending.RESET, stream.ending());
      assertThrows(EOFException.class, () -> stream.readThrough("x", SOON));
    }
  }

  @Test
  void stallsByNotReading() throws Exception {
    client = client.withReceiveBuffer(4096);
    try (RawStream stream = get(CHUNKED)) {
      accepted.setSendBufferSize(4096);
      CompletableFuture<Integer> written =
          CompletableFuture.supplyAsync(
              () -> {
                int chunks = 0;
                try {
                  while (chunks < 1000) {
                    send("400\r\n" + "x".repeat(1024) + "\r\n");
                    chunks++;
                  }
                  return chunks;
                } catch (IOException e) {
                  return chunks;
                }
              });
      assertThrows(TimeoutException.class, () -> written.get(200, TimeUnit.MILLISECONDS));
      assertEquals(0, stream.bytes());
      assertEquals(100_000, stream.readBytes(100_000, SOON).length);
      stream.reset();
      int chunks = written.get(10, TimeUnit.SECONDS);
      assertTrue(chunks < 300, "the server got rid of " + chunks + " KB");
    }
  }

  @Test
  void resetsAndHalfCloses() throws Exception {
    try (RawStream stream = get(CHUNKED)) {
      stream.halfClose();
      assertEquals(-1, accepted.getInputStream().read());
      send("1\r\nx\r\n");
      assertEquals("x", new String(stream.readBytes(1, SOON), UTF_8));
      stream.reset();
      assertThrows(
          SocketException.class,
          () -> {
            while (true) {
              send("1\r\nx\r\n");
            }
          });
    }
  }

  @Test
  void sendsARequestInPieces() throws Exception {
    try (RawStream stream = client.open("GET / HT".getBytes(UTF_8))) {
      accepted = server.next();
      stream.write("TP/1.1\r\n\r\n".getBytes(UTF_8));
      assertEquals("GET / HTTP/1.1\r\n\r\n", readHead(accepted.getInputStream()));
      send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      stream.readHead(SOON);
      assertEquals(404, stream.status());
    }
  }

  @Test
  void refusesWhatIsNotHttp() throws Exception {
    try (RawStream stream = get(CHUNKED + "zz\r\n")) {
      assertThrows(ProtocolException.class, () -> stream.readToEnd(SOON));
    }
  }
}
