package dev.ssebridge.example.suite.parity;

import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/** The parameters of the methods around messages, in every order (Jakarta WebSocket 2.1 §4.3). */
public final class LifecycleParameters {
  private LifecycleParameters() {}

  static List<Case> cases() {
    return List.of(
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 0: Nothing",
                OrderNothing.class)
            .at("order/0/lobby")
            .says("boom")
            .hears("open", "error boom", "close")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 1: Session",
                OrderSession.class)
            .at("order/1/lobby")
            .says("boom")
            .hears("open true", "error true boom", "close true")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 2: Subject",
                OrderSubject.class)
            .at("order/2/lobby")
            .says("boom")
            .hears("open true", "error boom true", "close NORMAL_CLOSURE")
            .getsThenCloses(),
        Case.of("@OnOpen, @OnError and @OnClose with parameters in order 3: Room", OrderRoom.class)
            .at("order/3/lobby")
            .says("boom")
            .hears("open lobby", "error boom lobby", "close lobby")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 4: SessionSubject",
                OrderSessionSubject.class)
            .at("order/4/lobby")
            .says("boom")
            .hears("open true true", "error lobby boom", "close true NORMAL_CLOSURE")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 5: SessionRoom",
                OrderSessionRoom.class)
            .at("order/5/lobby")
            .says("boom")
            .hears("open true lobby", "error true boom lobby", "close true lobby")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 6: SubjectSession",
                OrderSubjectSession.class)
            .at("order/6/lobby")
            .says("boom")
            .hears("open true true", "error true lobby boom", "close NORMAL_CLOSURE true")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 7: SubjectRoom",
                OrderSubjectRoom.class)
            .at("order/7/lobby")
            .says("boom")
            .hears("open true lobby", "error boom true lobby", "close NORMAL_CLOSURE lobby")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 8: RoomSession",
                OrderRoomSession.class)
            .at("order/8/lobby")
            .says("boom")
            .hears("open lobby true", "error boom lobby true", "close lobby true")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 9: RoomSubject",
                OrderRoomSubject.class)
            .at("order/9/lobby")
            .says("boom")
            .hears("open lobby true", "error lobby true boom", "close lobby NORMAL_CLOSURE")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 10: SessionSubjectRoom",
                OrderSessionSubjectRoom.class)
            .at("order/10/lobby")
            .says("boom")
            .hears(
                "open true true lobby", "error lobby boom true", "close true NORMAL_CLOSURE lobby")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 11: SessionRoomSubject",
                OrderSessionRoomSubject.class)
            .at("order/11/lobby")
            .says("boom")
            .hears("open true lobby true", "error boom", "close true lobby NORMAL_CLOSURE")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 12: SubjectSessionRoom",
                OrderSubjectSessionRoom.class)
            .at("order/12/lobby")
            .says("boom")
            .hears("open true true lobby", "error true boom", "close NORMAL_CLOSURE true lobby")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 13: SubjectRoomSession",
                OrderSubjectRoomSession.class)
            .at("order/13/lobby")
            .says("boom")
            .hears("open true lobby true", "error boom true", "close NORMAL_CLOSURE lobby true")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 14: RoomSessionSubject",
                OrderRoomSessionSubject.class)
            .at("order/14/lobby")
            .says("boom")
            .hears("open lobby true true", "error boom lobby", "close lobby true NORMAL_CLOSURE")
            .getsThenCloses(),
        Case.of(
                "@OnOpen, @OnError and @OnClose with parameters in order 15: RoomSubjectSession",
                OrderRoomSubjectSession.class)
            .at("order/15/lobby")
            .says("boom")
            .hears("open lobby true true", "error lobby boom", "close lobby NORMAL_CLOSURE true")
            .getsThenCloses());
  }

  @ServerEndpoint("/order/0/{room}")
  public static class OrderNothing {
    @OnOpen
    public void open() {
      Calls.heard("open");
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("error " + error.getMessage());
    }

    @OnClose
    public void close() {
      Calls.heard("close");
    }
  }

  @ServerEndpoint("/order/1/{room}")
  public static class OrderSession {
    @OnOpen
    public void open(Session session) {
      Calls.heard("open " + (session != null));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Session session, Throwable error) {
      Calls.heard("error " + (session != null) + " " + error.getMessage());
    }

    @OnClose
    public void close(Session session) {
      Calls.heard("close " + (session != null));
    }
  }

  @ServerEndpoint("/order/2/{room}")
  public static class OrderSubject {
    @OnOpen
    public void open(EndpointConfig config) {
      Calls.heard("open " + (config instanceof ServerEndpointConfig));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, Session session) {
      Calls.heard("error " + error.getMessage() + " " + (session != null));
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode());
    }
  }

  @ServerEndpoint("/order/3/{room}")
  public static class OrderRoom {
    @OnOpen
    public void open(@PathParam("room") String room) {
      Calls.heard("open " + room);
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, @PathParam("room") String room) {
      Calls.heard("error " + error.getMessage() + " " + room);
    }

    @OnClose
    public void close(@PathParam("room") String room) {
      Calls.heard("close " + room);
    }
  }

  @ServerEndpoint("/order/4/{room}")
  public static class OrderSessionSubject {
    @OnOpen
    public void open(Session session, EndpointConfig config) {
      Calls.heard("open " + (session != null) + " " + (config instanceof ServerEndpointConfig));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(@PathParam("room") String room, Throwable error) {
      Calls.heard("error " + room + " " + error.getMessage());
    }

    @OnClose
    public void close(Session session, CloseReason reason) {
      Calls.heard("close " + (session != null) + " " + reason.getCloseCode());
    }
  }

  @ServerEndpoint("/order/5/{room}")
  public static class OrderSessionRoom {
    @OnOpen
    public void open(Session session, @PathParam("room") String room) {
      Calls.heard("open " + (session != null) + " " + room);
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Session session, Throwable error, @PathParam("room") String room) {
      Calls.heard("error " + (session != null) + " " + error.getMessage() + " " + room);
    }

    @OnClose
    public void close(Session session, @PathParam("room") String room) {
      Calls.heard("close " + (session != null) + " " + room);
    }
  }

  @ServerEndpoint("/order/6/{room}")
  public static class OrderSubjectSession {
    @OnOpen
    public void open(EndpointConfig config, Session session) {
      Calls.heard("open " + (config instanceof ServerEndpointConfig) + " " + (session != null));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Session session, @PathParam("room") String room, Throwable error) {
      Calls.heard("error " + (session != null) + " " + room + " " + error.getMessage());
    }

    @OnClose
    public void close(CloseReason reason, Session session) {
      Calls.heard("close " + reason.getCloseCode() + " " + (session != null));
    }
  }

  @ServerEndpoint("/order/7/{room}")
  public static class OrderSubjectRoom {
    @OnOpen
    public void open(EndpointConfig config, @PathParam("room") String room) {
      Calls.heard("open " + (config instanceof ServerEndpointConfig) + " " + room);
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, Session session, @PathParam("room") String room) {
      Calls.heard("error " + error.getMessage() + " " + (session != null) + " " + room);
    }

    @OnClose
    public void close(CloseReason reason, @PathParam("room") String room) {
      Calls.heard("close " + reason.getCloseCode() + " " + room);
    }
  }

  @ServerEndpoint("/order/8/{room}")
  public static class OrderRoomSession {
    @OnOpen
    public void open(@PathParam("room") String room, Session session) {
      Calls.heard("open " + room + " " + (session != null));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, @PathParam("room") String room, Session session) {
      Calls.heard("error " + error.getMessage() + " " + room + " " + (session != null));
    }

    @OnClose
    public void close(@PathParam("room") String room, Session session) {
      Calls.heard("close " + room + " " + (session != null));
    }
  }

  @ServerEndpoint("/order/9/{room}")
  public static class OrderRoomSubject {
    @OnOpen
    public void open(@PathParam("room") String room, EndpointConfig config) {
      Calls.heard("open " + room + " " + (config instanceof ServerEndpointConfig));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(@PathParam("room") String room, Session session, Throwable error) {
      Calls.heard("error " + room + " " + (session != null) + " " + error.getMessage());
    }

    @OnClose
    public void close(@PathParam("room") String room, CloseReason reason) {
      Calls.heard("close " + room + " " + reason.getCloseCode());
    }
  }

  @ServerEndpoint("/order/10/{room}")
  public static class OrderSessionSubjectRoom {
    @OnOpen
    public void open(Session session, EndpointConfig config, @PathParam("room") String room) {
      Calls.heard(
          "open "
              + (session != null)
              + " "
              + (config instanceof ServerEndpointConfig)
              + " "
              + room);
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(@PathParam("room") String room, Throwable error, Session session) {
      Calls.heard("error " + room + " " + error.getMessage() + " " + (session != null));
    }

    @OnClose
    public void close(Session session, CloseReason reason, @PathParam("room") String room) {
      Calls.heard("close " + (session != null) + " " + reason.getCloseCode() + " " + room);
    }
  }

  @ServerEndpoint("/order/11/{room}")
  public static class OrderSessionRoomSubject {
    @OnOpen
    public void open(Session session, @PathParam("room") String room, EndpointConfig config) {
      Calls.heard(
          "open "
              + (session != null)
              + " "
              + room
              + " "
              + (config instanceof ServerEndpointConfig));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("error " + error.getMessage());
    }

    @OnClose
    public void close(Session session, @PathParam("room") String room, CloseReason reason) {
      Calls.heard("close " + (session != null) + " " + room + " " + reason.getCloseCode());
    }
  }

  @ServerEndpoint("/order/12/{room}")
  public static class OrderSubjectSessionRoom {
    @OnOpen
    public void open(EndpointConfig config, Session session, @PathParam("room") String room) {
      Calls.heard(
          "open "
              + (config instanceof ServerEndpointConfig)
              + " "
              + (session != null)
              + " "
              + room);
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Session session, Throwable error) {
      Calls.heard("error " + (session != null) + " " + error.getMessage());
    }

    @OnClose
    public void close(CloseReason reason, Session session, @PathParam("room") String room) {
      Calls.heard("close " + reason.getCloseCode() + " " + (session != null) + " " + room);
    }
  }

  @ServerEndpoint("/order/13/{room}")
  public static class OrderSubjectRoomSession {
    @OnOpen
    public void open(EndpointConfig config, @PathParam("room") String room, Session session) {
      Calls.heard(
          "open "
              + (config instanceof ServerEndpointConfig)
              + " "
              + room
              + " "
              + (session != null));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, Session session) {
      Calls.heard("error " + error.getMessage() + " " + (session != null));
    }

    @OnClose
    public void close(CloseReason reason, @PathParam("room") String room, Session session) {
      Calls.heard("close " + reason.getCloseCode() + " " + room + " " + (session != null));
    }
  }

  @ServerEndpoint("/order/14/{room}")
  public static class OrderRoomSessionSubject {
    @OnOpen
    public void open(@PathParam("room") String room, Session session, EndpointConfig config) {
      Calls.heard(
          "open "
              + room
              + " "
              + (session != null)
              + " "
              + (config instanceof ServerEndpointConfig));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable error, @PathParam("room") String room) {
      Calls.heard("error " + error.getMessage() + " " + room);
    }

    @OnClose
    public void close(@PathParam("room") String room, Session session, CloseReason reason) {
      Calls.heard("close " + room + " " + (session != null) + " " + reason.getCloseCode());
    }
  }

  @ServerEndpoint("/order/15/{room}")
  public static class OrderRoomSubjectSession {
    @OnOpen
    public void open(@PathParam("room") String room, EndpointConfig config, Session session) {
      Calls.heard(
          "open "
              + room
              + " "
              + (config instanceof ServerEndpointConfig)
              + " "
              + (session != null));
    }

    @OnMessage
    public void message(String text) {
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(@PathParam("room") String room, Throwable error) {
      Calls.heard("error " + room + " " + error.getMessage());
    }

    @OnClose
    public void close(@PathParam("room") String room, CloseReason reason, Session session) {
      Calls.heard("close " + room + " " + reason.getCloseCode() + " " + (session != null));
    }
  }
}
