package dev.ssebridge.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.HubOptions;
import dev.ssebridge.Pump;
import dev.ssebridge.SseHub;
import jakarta.websocket.CloseReason;
import jakarta.websocket.EncodeException;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelSessionTest {
  private final Pump pump = Pump.manual(() -> 0, new Random(1));
  private final SseHub hub = SseHub.create(HubOptions.DEFAULTS.withPump(pump));
  private final ChannelSession session = ChannelSession.of(hub, "news");
  private final Subscriber subscriber = new Subscriber(hub, "news");

  @AfterEach
  void close() {
    hub.close();
  }

  @Test
  void aBroadcastOverASetOfSessionsReachesEverySubscriber() throws IOException {
    Subscriber another = new Subscriber(hub, "*");
    Set<Session> sessions = new LinkedHashSet<>(List.of(session));

    for (Session each : sessions) {
      each.getBasicRemote().sendText("hello\nyou");
    }

    assertEquals("event: news\ndata: hello\ndata: you\n\n", subscriber.text());
    assertEquals(subscriber.text(), another.text());
  }

  @Test
  void partsAreOneEvent() throws IOException {
    var remote = session.getBasicRemote();
    remote.sendText("a \uD83D", false);
    remote.sendText("\uDE00 b", true);
    remote.sendBinary(bytes("x"), false);
    remote.sendBinary(bytes("y"), true);

    assertEquals(
        "event: news\ndata: a 😀 b\n\nevent: news.binary\ndata: eHk=\n\n", subscriber.text());
  }

  @Test
  void streamsAndWritersSendWhenTheyAreClosed() throws IOException {
    try (Writer writer = session.getBasicRemote().getSendWriter()) {
      writer.write("text");
      assertEquals("", subscriber.text());
    }
    try (OutputStream stream = session.getBasicRemote().getSendStream()) {
      stream.write(1);
    }

    assertEquals(
        "event: news\ndata: text\n\nevent: news.binary\ndata: AQ==\n\n", subscriber.text());
  }

  @Test
  void objectsAreEncodedByTheGivenEncoders() throws Exception {
    var remote =
        ChannelSession.builder(hub, "news")
            .encoders(List.of(Coders.OrderToText.class))
            .open()
            .getBasicRemote();

    remote.sendObject(new Coders.Order("tea"));
    remote.sendObject(7);

    assertEquals(
        "event: news\ndata: "
            + new Coders.OrderToText().encode(new Coders.Order("tea"))
            + "\n\n"
            + "event: news\ndata: 7\n\n",
        subscriber.text());
    assertThrows(
        EncodeException.class,
        () -> session.getBasicRemote().sendObject(new Coders.Order("no encoder")));
  }

  @Test
  void anUnusableEncoderIsRefused() {
    var builder = ChannelSession.builder(hub, "news").encoders(List.of(Hidden.class));

    var refused = assertThrows(IllegalArgumentException.class, builder::open);

    assertTrue(refused.getMessage().contains(Hidden.class.getName()), refused.getMessage());
  }

  @Test
  void asynchronousSendsCompleteWhenTheEventIsInTheLog() throws Exception {
    List<SendResult> results = new ArrayList<>();
    var remote = session.getAsyncRemote();

    assertNull(remote.sendText("a").get());
    assertNull(remote.sendBinary(bytes("b")).get());
    assertNull(remote.sendObject(true).get());
    remote.sendText("c", results::add);
    remote.sendBinary(bytes("d"), results::add);
    remote.sendObject('e', results::add);

    assertTrue(results.stream().allMatch(SendResult::isOK));
    assertEquals(3, results.size());
    assertEquals(6, subscriber.text().split("\n\n").length);
  }

  @Test
  void aHubThatIsClosedFailsTheSendAndNothingElse() {
    hub.close();
    List<SendResult> results = new ArrayList<>();

    assertThrows(IOException.class, () -> session.getBasicRemote().sendText("a"));
    var failed =
        assertThrows(ExecutionException.class, () -> session.getAsyncRemote().sendText("a").get());
    assertInstanceOf(IOException.class, failed.getCause());
    session.getAsyncRemote().sendText("a", results::add);
    assertInstanceOf(IOException.class, results.get(0).getException());
    assertTrue(session.isOpen());
  }

  @Test
  void anEventLargerThanTheLogFailsTheSend() {
    assertThrows(
        IOException.class, () -> session.getBasicRemote().sendText("x".repeat(80_000_000)));
  }

  @Test
  void pingsAreCheckedAndGoNowhere() throws IOException {
    session.getBasicRemote().sendPing(bytes("?"));
    session.getAsyncRemote().sendPong(null);

    assertThrows(
        IllegalArgumentException.class,
        () -> session.getBasicRemote().sendPing(ByteBuffer.allocate(126)));
    assertEquals("", subscriber.text());
  }

  @Test
  void whatItShowsIsWhatItWasGiven() {
    Session shown =
        ChannelSession.builder(hub, "news")
            .requestUri(URI.create("wss://example.com/chat/lobby?name=all&name=both"))
            .pathParameters(Map.of("room", "lobby"))
            .userPrincipal(() -> "robot")
            .open();

    assertEquals("lobby", shown.getPathParameters().get("room"));
    assertEquals("name=all&name=both", shown.getQueryString());
    assertEquals(
        Map.of("name", List.of("all", "both"), "room", List.of("lobby")),
        shown.getRequestParameterMap());
    assertEquals("robot", shown.getUserPrincipal().getName());
    assertTrue(shown.isSecure());
    shown.getUserProperties().put("a", "b");
    assertEquals("b", shown.getUserProperties().get("a"));
  }

  @Test
  void handlersAreRefusedWithTheReason() {
    MessageHandler.Whole<String> handler = text -> {};

    for (Runnable adding :
        List.<Runnable>of(
            () -> session.addMessageHandler(handler),
            () -> session.addMessageHandler(String.class, handler),
            () -> session.addMessageHandler(String.class, (text, last) -> {}))) {
      var refused = assertThrows(UnsupportedOperationException.class, adding::run);
      assertTrue(refused.getMessage().contains("receives nothing"), refused.getMessage());
    }
    assertEquals(Set.of(), session.getMessageHandlers());
    session.removeMessageHandler(handler);
    assertThrows(UnsupportedOperationException.class, session::getContainer);
  }

  @Test
  void everySessionOfAChannelIsAnother() {
    Session other = ChannelSession.of(hub, "news");

    assertNotEquals(session, other);
    assertNotEquals(session.getId(), other.getId());
    assertEquals(Set.of(session), session.getOpenSessions());
  }

  @Test
  void closingEndsThePublishingAndNoStream() throws IOException {
    var remote = session.getBasicRemote();
    session.close(new CloseReason(CloseReason.CloseCodes.GOING_AWAY, "maintenance"));
    session.close();

    assertFalse(session.isOpen());
    assertThrows(IllegalStateException.class, () -> remote.sendText("late"));
    ChannelSession.of(hub, "news").getBasicRemote().sendText("on");
    assertEquals("event: news\ndata: on\n\n", subscriber.text());
  }

  @Test
  void aClosedSessionRefusesWhatASessionMustRefuse() throws Exception {
    session.close();
    Set<String> allowed = new TreeSet<>();
    for (Method method : Session.class.getMethods()) {
      Object[] arguments = new Object[method.getParameterCount()];
      for (int i = 0; i < arguments.length; i++) {
        Class<?> type = method.getParameterTypes()[i];
        arguments[i] = type == int.class ? (Object) 0 : type == long.class ? (Object) 0L : null;
      }
      try {
        method.invoke(session, arguments);
        allowed.add(method.getName());
      } catch (InvocationTargetException e) {
        boolean known =
            e.getTargetException() instanceof IllegalStateException
                || e.getTargetException() instanceof UnsupportedOperationException;
        assertTrue(known, method + ": " + e.getTargetException());
      }
    }
    assertEquals(
        Set.of(
            "close",
            "getId",
            "getPathParameters",
            "getUserPrincipal",
            "getUserProperties",
            "isOpen"),
        allowed);
  }

  @Test
  void aNameThatIsNoChannelsIsRefused() {
    for (String bad : List.of("", "open", "ws.text", "sse.gap", "a b", "a\nb", "ws")) {
      assertThrows(IllegalArgumentException.class, () -> ChannelSession.of(hub, bad), bad);
    }
  }

  @Test
  void nullIsRefusedAsByEverySession() {
    assertThrows(
        IllegalArgumentException.class, () -> session.getBasicRemote().sendText((String) null));
    assertThrows(
        IllegalArgumentException.class, () -> session.getAsyncRemote().sendText("a", null));
    assertEquals("", subscriber.text());
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static final class Hidden extends Coders.OrderToText {}
}
