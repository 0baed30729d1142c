package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.ChaosProxy;
import dev.ssebridge.testkit.Direction;
import dev.ssebridge.testkit.Ending;
import dev.ssebridge.testkit.Fault;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** That the tools which break streams meet every container as intended. */
@OnEveryServer
class FaultToolsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final StreamServlet servlet = new StreamServlet();

  private EmbeddedServer start(Servers servers) {
    return servers.start(ServerConfig.embedded().servlet("/stream", servlet).h2c().tls());
  }

  /** Writes until the container says that nobody is there. */
  private static void assertWritesFail(StreamServlet.Open stream) {
    assertThrows(
        IOException.class,
        () -> {
          for (long end = System.nanoTime() + SOON.toNanos(); System.nanoTime() < end; ) {
            stream.send("x".repeat(100));
          }
        });
  }

  @Test
  void rawClientReadsAStreamToItsEnd(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    RawStream stream = servers.closing(RawHttpClient.to(server.uri()).get("/stream"));

    assertEquals(200, stream.status());
    assertEquals("data: hello over HTTP/1.1\n\n", stream.readThrough("\n\n", SOON));
    StreamServlet.Open open = servlet.next();
    open.send("one");
    assertEquals("data: one\n\n", stream.readThrough("\n\n", SOON));
    open.complete();
    assertEquals("", stream.readToEnd(SOON));
    assertEquals(Ending.COMPLETE, stream.ending());
  }

  @Test
  void aResetClientIsFoundByWriting(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    RawStream stream = servers.closing(RawHttpClient.to(server.uri()).get("/stream"));
    StreamServlet.Open open = servlet.next();

    stream.reset();

    assertWritesFail(open);
  }

  @Test
  void proxyCutsInTheMiddleOfAnEvent(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    ChaosProxy proxy = servers.closing(ChaosProxy.to(server.uri()).start());
    URI through = proxy.via(server.uri());
    RawStream stream = servers.closing(RawHttpClient.to(through).get("/stream"));
    assertEquals("data: hello over HTTP/1.1\n\n", stream.readThrough("\n\n", SOON));
    StreamServlet.Open open = servlet.next();

    proxy.apply(
        new Fault.After(Direction.TO_CLIENT, 10, new Fault.Close()),
        head -> head.startsWith("GET /stream "));
    open.send("of which only a part arrives");

    String part = stream.readToEnd(SOON); // ten bytes with the size of the chunk
    assertTrue("data: of which".startsWith(part), part);
    assertEquals(Ending.CUT, stream.ending());
    assertWritesFail(open);
  }

  @Test
  void http2StreamsShareAConnection(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    for (URI uri : new URI[] {server.uri(), server.httpsUri()}) {
      Http2Connection connection = servers.closing(Http2Connection.open(uri, 65_535));
      Http2Connection.Stream one = connection.get("/stream");
      StreamServlet.Open openOne = servlet.next();
      Http2Connection.Stream two = connection.get("/stream", "accept: text/event-stream");
      StreamServlet.Open openTwo = servlet.next();

      assertEquals(200, one.status(SOON));
      assertEquals("data: hello over HTTP/2.0\n\n", one.readThrough("\n\n", SOON));
      assertEquals("data: hello over HTTP/2.0\n\n", two.readThrough("\n\n", SOON));
      openTwo.send("two");
      assertEquals("data: two\n\n", two.readThrough("\n\n", SOON));
      openOne.complete();
      one.awaitEnd(SOON);
      assertEquals(404, connection.get("/suite/none.html").status(SOON));
      openTwo.complete();
      two.awaitEnd(SOON);
    }
  }

  @Test
  void http2ResetEndsOneStreamOnly(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    Http2Connection connection = servers.closing(Http2Connection.open(server.uri(), 65_535));
    Http2Connection.Stream one = connection.get("/stream");
    StreamServlet.Open openOne = servlet.next();
    Http2Connection.Stream two = connection.get("/stream");
    StreamServlet.Open openTwo = servlet.next();
    assertEquals(200, one.status(SOON));

    one.reset(Http2Connection.CANCEL);

    assertWritesFail(openOne);
    openTwo.send("still there");
    two.readThrough("\n\n", SOON);
    assertEquals("data: still there\n\n", two.readThrough("\n\n", SOON));
  }

  @Test
  void http2StallHoldsOneStreamOnly(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    Http2Connection connection = servers.closing(Http2Connection.open(server.uri(), 8192));
    Http2Connection.Stream stalled = connection.get("/stream");
    StreamServlet.Open open = servlet.next();
    Http2Connection.Stream other = connection.get("/stream");
    StreamServlet.Open openOther = servlet.next();
    stalled.readThrough("\n\n", SOON);
    other.readThrough("\n\n", SOON);
    String text = "x".repeat(1000);

    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < 30; i++) {
                  open.send(text);
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    for (int i = 0; i < 30; i++) {
      openOther.send(text);
      assertEquals("data: " + text + "\n\n", other.readThrough("\n\n", SOON));
    }

    assertFalse(writer.isDone());
    assertTrue(stalled.arrived() <= 8192, "arrived: " + stalled.arrived());
    for (int i = 0; i < 30; i++) {
      assertEquals("data: " + text + "\n\n", stalled.readThrough("\n\n", SOON));
    }
    writer.get(10, TimeUnit.SECONDS);
  }
}
