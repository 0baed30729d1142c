package com.example.boot;

import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import org.springframework.stereotype.Component;

/** As somebody writes it who never heard of SSE. */
@Component
@ServerEndpoint(value = "/chat/{room}", configurator = SpringMade.class)
public class ChatEndpoint {
  private final Greetings greetings;

  ChatEndpoint(Greetings greetings) {
    this.greetings = greetings;
  }

  /** Says it to everybody. */
  @OnMessage
  public void message(Session session, String text, @PathParam("room") String room)
      throws IOException {
    for (Session each : session.getOpenSessions()) {
      each.getBasicRemote().sendText(greetings.in(room, text));
    }
  }
}
