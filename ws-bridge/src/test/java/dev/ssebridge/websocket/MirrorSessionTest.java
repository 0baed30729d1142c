package dev.ssebridge.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.ssebridge.HubOptions;
import dev.ssebridge.Pump;
import dev.ssebridge.SseHub;
import jakarta.websocket.CloseReason;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MirrorSessionTest {
  private final Pump pump = Pump.manual(() -> 0, new Random(1));
  private final SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump));
  private final ChannelSession channel = ChannelSession.of(hub, "ann");
  private final Subscriber subscriber = new Subscriber(hub, "ann");
  private final Session webSocket = mock(Session.class);
  private final RemoteEndpoint.Basic basic = mock(RemoteEndpoint.Basic.class);
  private final RemoteEndpoint.Async async = mock(RemoteEndpoint.Async.class);
  private final Session mirror = channel.mirror(webSocket);

  @BeforeEach
  void connect() {
    when(webSocket.getBasicRemote()).thenReturn(basic);
    when(webSocket.getAsyncRemote()).thenReturn(async);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  @Test
  void aMessageGoesBothWays() throws Exception {
    ByteBuffer data = ByteBuffer.wrap("x".getBytes(UTF_8));
    mirror.getBasicRemote().sendText("hello");
    mirror.getBasicRemote().sendBinary(data);
    mirror.getBasicRemote().sendObject(7);

    verify(basic).sendText("hello");
    verify(basic).sendBinary(data);
    verify(basic).sendObject(7);
    assertEquals(1, data.remaining()); // it is the WebSocket's to consume
    assertEquals(
        "event: ann\ndata: hello\n\nevent: ann.binary\ndata: eA==\n\nevent: ann\ndata: 7\n\n",
        subscriber.text());
  }

  @Test
  void theResultIsTheWebSockets() {
    var sent = new CompletableFuture<Void>();
    SendHandler handler = result -> {};
    when(async.sendText("later")).thenReturn(sent);

    assertSame(sent, mirror.getAsyncRemote().sendText("later"));
    mirror.getAsyncRemote().sendText("handled", handler);

    verify(async).sendText("handled", handler);
    assertEquals("event: ann\ndata: later\n\nevent: ann\ndata: handled\n\n", subscriber.text());
  }

  @Test
  void aWebSocketThatFailsKeepsNothingFromTheChannel() throws IOException {
    doThrow(new IOException("reset")).when(basic).sendText(any());

    var failure = assertThrows(IOException.class, () -> mirror.getBasicRemote().sendText("hello"));

    assertEquals("reset", failure.getMessage());
    assertEquals("event: ann\ndata: hello\n\n", subscriber.text());
  }

  @Test
  void aChannelThatFailsIsNotFeltByTheWebSocket() throws Exception {
    hub.close();
    channel.close();

    mirror.getBasicRemote().sendText("hello");
    mirror.getBasicRemote().sendObject(new Object()); // no encoder of the channel's

    verify(basic).sendText("hello");
  }

  @Test
  void partsGoToTheWebSocketAsTheyAreAndToTheChannelAsOne() throws IOException {
    Session other = channel.mirror(mock(Session.class, call -> mock(RemoteEndpoint.Basic.class)));
    mirror.getBasicRemote().sendText("a", false);
    other.getBasicRemote().sendText("not ann's, ", false);
    mirror.getBasicRemote().sendText("b", true);

    verify(basic).sendText("a", false);
    verify(basic).sendText("b", true);
    assertEquals("event: ann\ndata: ab\n\n", subscriber.text());
  }

  @Test
  void streamsAndWritersGoBothWays() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var text = new StringWriter();
    when(basic.getSendStream()).thenReturn(bytes);
    when(basic.getSendWriter()).thenReturn(text);

    try (OutputStream stream = mirror.getBasicRemote().getSendStream()) {
      stream.write('x');
    }
    try (Writer writer = mirror.getBasicRemote().getSendWriter()) {
      writer.write("hello");
    }

    assertEquals("x", bytes.toString(UTF_8));
    assertEquals("hello", text.toString());
    assertEquals("event: ann.binary\ndata: eA==\n\nevent: ann\ndata: hello\n\n", subscriber.text());
  }

  @Test
  void pingsAndLifeAreTheWebSocketsAlone() throws IOException {
    var why = new CloseReason(CloseReason.CloseCodes.NORMAL_CLOSURE, "bye");
    when(webSocket.isOpen()).thenReturn(true);
    when(webSocket.getId()).thenReturn("17");

    mirror.getBasicRemote().sendPing(ByteBuffer.allocate(1));
    mirror.close(why);

    verify(basic).sendPing(any());
    verify(webSocket).close(why);
    assertTrue(mirror.isOpen());
    assertEquals("17", mirror.getId());
    assertTrue(channel.isOpen());
    assertEquals("", subscriber.text());
  }

  @Test
  void whatTheWebSocketThrowsIsThrownAsItIs() throws IOException {
    var closed = new IllegalStateException("closed");
    doThrow(closed).when(webSocket).getBasicRemote();
    doThrow(new IOException("late")).when(webSocket).close();

    assertSame(closed, assertThrows(IllegalStateException.class, mirror::getBasicRemote));
    assertThrows(IOException.class, mirror::close);
  }

  @Test
  void whatOneMirrorHasPutIntoASetAnotherTakesOut() {
    Set<Session> sessions = new HashSet<>();
    sessions.add(channel.mirror(webSocket));

    assertTrue(sessions.remove(channel.mirror(webSocket)));
    assertNotEquals(mirror, webSocket);
    assertNotEquals(mirror, channel.mirror(mock(Session.class)));
    assertNotEquals(mirror, ChannelSession.of(hub, "ann").mirror(webSocket));
  }
}
