package dev.ssebridge.example.suite;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.server.ServerEndpoint;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Says numbers back and keeps a record, as somebody writes it who never heard of SSE. */
@ServerEndpoint("/echo")
public class NumberEcho {
  static final Queue<String> CALLS = new ConcurrentLinkedQueue<>();
  static final Queue<Long> MESSAGES = new ConcurrentLinkedQueue<>();

  /** Forgets the record, for a test that begins. */
  static void forget() {
    CALLS.clear();
    MESSAGES.clear();
  }

  @OnOpen
  public void open() {
    CALLS.add("open");
  }

  @OnMessage
  public String message(String text) {
    MESSAGES.add(Long.valueOf(text));
    return text;
  }

  @OnClose
  public void close(CloseReason reason) {
    CALLS.add("close " + reason.getCloseCode().getCode());
  }
}
