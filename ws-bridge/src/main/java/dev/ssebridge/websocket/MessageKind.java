package dev.ssebridge.websocket;

/** The kinds of message of which a session has at most one handler each. */
enum MessageKind {
  TEXT,
  BINARY,
  PONG
}
