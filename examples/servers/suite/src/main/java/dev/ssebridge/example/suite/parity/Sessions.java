package dev.ssebridge.example.suite.parity;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import dev.ssebridge.example.suite.parity.ReturnsAndSizes.NotingReason;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code Session}: its state, its end, and errors. */
public final class Sessions {
  private Sessions() {}

  @ServerEndpoint("/session/state")
  public static class State extends Noting {
    private Session opened;

    @OnOpen
    public void open(Session session) {
      opened = session;
      Calls.heard("open " + session.isOpen());
    }

    @OnMessage
    public void message(String text, Session session) {
      Calls.heard("same session " + (session == opened || session.equals(opened)));
      Calls.heard("id " + !session.getId().isEmpty() + session.getId().equals(opened.getId()));
      Calls.heard("container " + (session.getContainer() instanceof ServerContainer));
      Calls.heard("in set " + contains(session.getOpenSessions(), session));
      Calls.did("clear set", () -> session.getOpenSessions().clear());
      Calls.heard("still " + contains(session.getOpenSessions(), session));
      Calls.heard("properties " + Calls.own(session.getUserProperties()));
      session.getUserProperties().put("a", 1);
      Calls.heard("properties " + Calls.own(session.getUserProperties()));
    }

    private static boolean contains(Iterable<Session> sessions, Session wanted) {
      for (Session each : sessions) {
        if (each.getId().equals(wanted.getId())) {
          return true;
        }
      }
      return false;
    }
  }

  @ServerEndpoint("/session/settings")
  public static class Settings extends Noting {
    @OnOpen
    public void open(Session session) {
      Calls.heard("idle " + (session.getMaxIdleTimeout() == defaults(session)));
      session.setMaxIdleTimeout(60_000);
      Calls.heard("idle " + session.getMaxIdleTimeout());
      session.setMaxIdleTimeout(0);
      Calls.heard("idle none " + (session.getMaxIdleTimeout() <= 0));
      session.setMaxIdleTimeout(-1);
      Calls.heard("idle none " + (session.getMaxIdleTimeout() <= 0));
      Calls.heard("limits " + (session.getMaxTextMessageBufferSize() > 0));
      session.setMaxTextMessageBufferSize(10_000);
      session.setMaxBinaryMessageBufferSize(20_000);
      Calls.heard(
          "limits "
              + session.getMaxTextMessageBufferSize()
              + " "
              + session.getMaxBinaryMessageBufferSize());
    }

    private static long defaults(Session session) {
      return session.getContainer().getDefaultMaxSessionIdleTimeout();
    }
  }

  @ServerEndpoint("/session/idle")
  public static class Idle extends NotingReason {
    @OnOpen
    public void open(Session session) {
      session.setMaxIdleTimeout(300);
    }
  }

  /** Closes with what it is told: "code reason". */
  @ServerEndpoint("/session/close")
  public static class Closes {
    private final int run = Calls.run();

    @OnMessage
    public void message(String text, Session session) throws Exception {
      if (text.equals("plain")) {
        session.close();
      } else if (text.equals("null")) {
        Calls.did("null", () -> session.close(null));
        Calls.heard("open " + session.isOpen());
      } else {
        String[] words = text.split(" ", 2);
        session.close(
            new CloseReason(
                CloseCodes.getCloseCode(Integer.parseInt(words[0])),
                words.length == 2 ? words[1] : null));
      }
    }

    @OnError
    public void error(Throwable error) {
      Calls.failed(run, error);
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard(
          "close "
              + reason.getCloseCode().getCode()
              + " <"
              + Objects.requireNonNullElse(reason.getReasonPhrase(), "")
              + ">");
    }
  }

  @ServerEndpoint("/session/close-in-open")
  public static class ClosesInOpen extends NotingReason {
    @OnOpen
    public void open(Session session) throws Exception {
      session.close(new CloseReason(CloseCodes.VIOLATED_POLICY, "not you"));
    }

    @OnMessage
    public void message(String text) {
      Calls.heard(text);
    }
  }

  @ServerEndpoint("/session/close-twice")
  public static class ClosesTwice {
    @OnMessage
    public void message(String text, Session session) {
      Calls.did("first", session::close);
      Calls.did("second", session::close);
      Calls.did("third", () -> session.close(new CloseReason(CloseCodes.GOING_AWAY, "too late")));
      Calls.heard("open " + session.isOpen());
    }

    @OnClose
    public void close(CloseReason reason, Session session) {
      Calls.heard("close " + reason.getCloseCode().getCode());
      Calls.did("in close", session::close);
    }
  }

  /** What an endpoint can still ask within {@code @OnClose}. */
  @ServerEndpoint("/session/in-close")
  public static class InClose {
    @OnClose
    public void close(Session session) {
      Calls.heard("open " + session.isOpen());
      Calls.tried("id", () -> !session.getId().isEmpty());
      Calls.tried("path", () -> session.getRequestURI().getPath());
      Calls.tried("query", session::getQueryString);
      Calls.tried("parameters", session::getRequestParameterMap);
      Calls.tried("path parameters", session::getPathParameters);
      Calls.tried("properties", () -> Calls.own(session.getUserProperties()));
      Calls.tried("user", session::getUserPrincipal);
      Calls.tried("protocol", session::getNegotiatedSubprotocol);
      Calls.tried("version", session::getProtocolVersion);
      Calls.tried("secure", session::isSecure);
      Calls.tried("others", () -> session.getOpenSessions().contains(session));
      Calls.did("send", () -> session.getBasicRemote().sendText("too late"));
      Calls.heard("close");
    }
  }

  /** What an endpoint can ask of a session that is closed for good. */
  @ServerEndpoint("/session/after")
  public static class After {
    private static volatile Session last;

    @OnOpen
    public void open(Session session) {
      last = session;
    }

    @OnClose
    public void close() {
      Calls.heard("close");
    }

    static void askAll() {
      Session session = last;
      // @OnClose is not the container's last word. If that never comes, the answers say so.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (session.isOpen() && System.nanoTime() - deadline < 0) {
        Thread.onSpinWait();
      }
      Calls.heard("open " + session.isOpen());
      Calls.did("close", session::close);
      Calls.tried("basic", session::getBasicRemote);
      Calls.tried("async", session::getAsyncRemote);
      Calls.tried("handlers", session::getMessageHandlers);
      Calls.did("add", () -> session.addMessageHandler(String.class, text -> {}));
      Calls.did("remove", () -> session.removeMessageHandler(null));
      Calls.tried("version", session::getProtocolVersion);
      Calls.tried("protocol", session::getNegotiatedSubprotocol);
      Calls.tried("extensions", session::getNegotiatedExtensions);
      Calls.tried("secure", session::isSecure);
      Calls.tried("idle", session::getMaxIdleTimeout);
      Calls.did("set idle", () -> session.setMaxIdleTimeout(1));
      Calls.tried("text limit", session::getMaxTextMessageBufferSize);
      Calls.did("set text limit", () -> session.setMaxTextMessageBufferSize(1));
      Calls.tried("binary limit", session::getMaxBinaryMessageBufferSize);
      Calls.did("set binary limit", () -> session.setMaxBinaryMessageBufferSize(1));
      Calls.tried("uri", session::getRequestURI);
      Calls.tried("query", session::getQueryString);
      Calls.tried("parameters", session::getRequestParameterMap);
      Calls.tried("path parameters", session::getPathParameters);
      Calls.tried("properties", session::getUserProperties);
      Calls.tried("user", session::getUserPrincipal);
      Calls.tried("sessions", session::getOpenSessions);
      Calls.tried("container", session::getContainer);
    }
  }

  /** Uses remotes it has kept. */
  @ServerEndpoint("/session/kept-remotes")
  public static class KeptRemotes {
    @OnMessage
    public void message(String text, Session session) throws Exception {
      RemoteEndpoint.Basic basic = session.getBasicRemote();
      RemoteEndpoint.Async async = session.getAsyncRemote();
      session.close();
      Calls.tried("basic", () -> outcome(() -> basic.sendText("a")));
      Calls.tried("binary", () -> outcome(() -> basic.sendBinary(ByteBuffer.allocate(1))));
      Calls.tried("part", () -> outcome(() -> basic.sendText("a", false)));
      Calls.tried("ping", () -> outcome(() -> basic.sendPing(ByteBuffer.allocate(1))));
      Calls.tried("future", () -> outcome(() -> async.sendText("a").get(5, TimeUnit.SECONDS)));
    }

    /** Containers disagree about which exception it is. */
    private static String outcome(Calls.Action action) {
      try {
        action.run();
        return "sent";
      } catch (Throwable e) {
        return "refused";
      }
    }

    @OnClose
    public void close() {
      Calls.heard("close");
    }
  }

  @ServerEndpoint("/error/open")
  public static class FailsInOpen {
    private final int run = Calls.run();
    private final AtomicBoolean failed = new AtomicBoolean();

    @OnOpen
    public void open() {
      throw new IllegalStateException("as asked");
    }

    /** Only the first: containers report the end of the connection later, when they notice. */
    @OnError
    public void error(Throwable error) {
      if (!failed.getAndSet(true)) {
        Calls.failed(run, error);
      }
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode().getCode());
    }

    @OnMessage
    public void message(String text) {
      Calls.heard(text);
    }
  }

  @ServerEndpoint("/error/message")
  public static class FailsInMessage extends NotingReason {
    @OnMessage
    public String message(String text) throws Exception {
      if (text.equals("checked")) {
        throw new Exception("as asked");
      }
      if (text.equals("error")) {
        throw new AssertionError("as asked");
      }
      if (text.equals("unchecked")) {
        throw new IllegalArgumentException("as asked");
      }
      return text;
    }
  }

  @ServerEndpoint("/error/close")
  public static class FailsInClose {
    @OnClose
    public void close() {
      Calls.heard("close");
      throw new IllegalStateException("as asked");
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("error " + error.getClass().getSimpleName());
    }
  }

  @ServerEndpoint("/error/unhandled")
  public static class Unhandled {
    @OnMessage
    public String message(String text) {
      if (text.equals("boom")) {
        throw new IllegalStateException("as asked");
      }
      return text;
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode().getCode());
    }
  }

  @ServerEndpoint("/error/in-error")
  public static class FailsInError {
    @OnMessage
    public String message(String text) {
      if (text.equals("boom")) {
        throw new IllegalStateException("as asked");
      }
      return text;
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("error");
      throw new IllegalArgumentException("as asked");
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode().getCode());
    }
  }

  @ServerEndpoint("/session/instances")
  public static class Instances extends Noting {
    private int messages;

    @OnMessage
    public int message(String text) {
      return ++messages;
    }
  }

  private static Case closing(String name, String command, String heard, String got) {
    return Case.of("a server that closes " + name, Closes.class)
        .runs(
            c -> {
              c.text(command);
              c.awaitClose();
            })
        .hears(heard)
        .gets(got);
  }

  private static Case closedBy(String name, int code, String reason, String heard, String got) {
    return Case.of("a client that closes " + name, Closes.class)
        .runs(
            c -> {
              c.close(code, reason);
              c.awaitClose();
            })
        .hears(heard)
        .gets(got);
  }

  static List<Case> cases() {
    return List.of(
        Case.of("a session's state", State.class)
            .says("go")
            .hears(
                "open true",
                "same session true",
                "id truetrue",
                "container true",
                "in set true",
                "clear set: UnsupportedOperationException",
                "still true",
                "properties {}",
                "properties {a=1}",
                "close")
            .getsThenCloses(),
        Case.of("a session's settings", Settings.class)
            .hears(
                "idle true",
                "idle 60000",
                "idle none true",
                "idle none true",
                "limits true",
                "limits 10000 20000",
                "close")
            .getsThenCloses(),
        Case.of("an instance of the endpoint for each session", Instances.class)
            .says("a", "b")
            .hears("close")
            .getsThenCloses("text 1", "text 2"),
        Case.of("a session that is idle for too long", Idle.class)
            .runs(Client::awaitClose)
            .hears("close 1001")
            .gets("close 1001 *"),
        closing("plainly", "plain", "close 1000 <>", "close 1000"),
        closing("with 1001", "1001 away", "close 1001 <away>", "close 1001 away"),
        closing("with 1008", "1008 no", "close 1008 <no>", "close 1008 no"),
        closing("with 1011", "1011", "close 1011 <>", "close 1011"),
        closing("with a code of its own", "4001 mine", "close 4001 <mine>", "close 4001 mine"),
        closing("with a registered code", "3000", "close 3000 <>", "close 3000"),
        closing("without a status", "1005", "close 1005 <>", "close 1005"),
        closing(
            "with a reason in UTF-8",
            "4000 \u00e4\u20ac\uD83D\uDE00\"\\",
            "close 4000 <\u00e4\u20ac\uD83D\uDE00\"\\>",
            "close 4000 \u00e4\u20ac\uD83D\uDE00\"\\"),
        closing(
            "with the longest reason",
            "4000 " + "r".repeat(123),
            "close 4000 <" + "r".repeat(123) + ">",
            "close 4000 " + "r".repeat(123)),
        closedBy("with 1000", 1000, "", "close 1000 <>", "close 1000"),
        closedBy("with 1001", 1001, "gone", "close 1001 <gone>", "close 1001 gone"),
        closedBy("with 4999", 4999, "\u00e4", "close 4999 <\u00e4>", "close 4999 \u00e4"),
        closedBy("with 3999", 3999, "", "close 3999 <>", "close 3999"),
        closedBy("without a status", 0, "", "close 1005 <>", "close 1005"),
        closedBy("with a code it may not use", 1006, "", "close 1002 *", "close 1002 *"),
        closedBy("with a code nobody has", 2500, "", "close 1002 *", "close 1002 *"),
        Case.of("a client that vanishes", Closes.class)
            .runs(Client::vanish)
            .hears("close 1006 *")
            .gets("close 1006"),
        Case.of("a close without a reason object", Closes.class)
            .says("null")
            .hears("null: IllegalArgumentException", "open true", "close 1000 <>")
            .getsThenCloses(),
        Case.of("a close within @OnOpen", ClosesInOpen.class)
            .runs(Client::awaitClose)
            .hears("close 1008")
            .gets("close 1008 not you"),
        Case.of("only the first close counts", ClosesTwice.class)
            .runs(
                c -> {
                  c.text("go");
                  c.awaitClose();
                  Calls.await("open false"::equals);
                })
            .hears(
                "close 1000",
                "in close: done",
                "first: done",
                "second: done",
                "third: done",
                "open false")
            .gets("close 1000"),
        Case.of("what can be asked within @OnClose", InClose.class)
            .at("session/in-close?a=1")
            .hears(
                "open false",
                "id: true",
                "path: /session/in-close",
                "query: a=1",
                "parameters: {a=[1]}",
                "path parameters: {}",
                "properties: {}",
                "user: null",
                "protocol: ",
                "version: 13",
                "secure: false",
                "others: false",
                "send: IOException",
                "close")
            .getsThenCloses(),
        Case.of("what can be asked of a closed session", After.class)
            .runs(
                c -> {
                  c.close(1000, "");
                  c.awaitClose();
                  Calls.await("close"::equals);
                  After.askAll();
                })
            .hears(
                "close",
                "open false",
                "close: done",
                "basic: IllegalStateException",
                "async: IllegalStateException",
                "handlers: IllegalStateException",
                "add: IllegalStateException",
                "remove: IllegalStateException",
                "version: IllegalStateException",
                "protocol: IllegalStateException",
                "extensions: IllegalStateException",
                "secure: IllegalStateException",
                "idle: IllegalStateException",
                "set idle: IllegalStateException",
                "text limit: IllegalStateException",
                "set text limit: IllegalStateException",
                "binary limit: IllegalStateException",
                "set binary limit: IllegalStateException",
                "uri: IllegalStateException",
                "query: IllegalStateException",
                "parameters: IllegalStateException",
                "path parameters: IllegalStateException",
                "properties: IllegalStateException",
                "user: IllegalStateException",
                "sessions: IllegalStateException",
                "container: IllegalStateException")
            .getsThenCloses(),
        Case.of("remotes that were kept are of no use after the close", KeptRemotes.class)
            .runs(
                c -> {
                  c.text("go");
                  c.awaitClose();
                  Calls.await(call -> call.startsWith("future"));
                })
            .hears(
                "close",
                "basic: refused",
                "binary: refused",
                "part: refused",
                "ping: refused",
                "future: refused")
            .gets("close 1000"),
        Case.of("an @OnOpen that fails", FailsInOpen.class)
            .runs(Client::awaitClose)
            .hears("error IllegalStateException", "close 1011")
            .gets("close 1011 *"),
        Case.of("an @OnMessage that fails", FailsInMessage.class)
            .says("unchecked", "a")
            .hears("error IllegalArgumentException", "close 1000")
            .getsThenCloses("text a"),
        Case.of("an @OnMessage that throws a checked exception", FailsInMessage.class)
            .says("checked", "a")
            .hears("error Exception", "close 1000")
            .getsThenCloses("text a"),
        Case.of("an @OnMessage that throws an Error", FailsInMessage.class)
            .says("error", "a")
            .hears("error AssertionError", "close 1000")
            .getsThenCloses("text a"),
        Case.of("an @OnClose that fails", FailsInClose.class)
            .runs(
                c -> {
                  c.close(1000, "");
                  Calls.await(call -> call.startsWith("error"));
                })
            .hears("close", "error IllegalStateException")
            .getsThenCloses(),
        Case.of("an exception without an @OnError", Unhandled.class)
            .runs(
                c -> {
                  c.text("boom");
                  c.awaitClose();
                })
            .hears("close 1011")
            .gets("close 1011 *"),
        Case.of("an @OnError that fails", FailsInError.class)
            .runs(
                c -> {
                  c.text("boom");
                  c.awaitClose();
                })
            .hears("error", "close 1011")
            .gets("close 1011 *"));
  }
}
