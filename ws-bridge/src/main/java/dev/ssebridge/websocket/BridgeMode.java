package dev.ssebridge.websocket;

/** What the bridge does for an endpoint. Every mode leaves sessions that are open as they are. */
public enum BridgeMode {
  /** Nothing: the endpoint is the container's own, over WebSocket only. */
  OFF,
  /**
   * Serves it over Server-Sent Events. Its WebSocket is the container's own, untouched: {@code
   * getOpenSessions()} holds the sessions of one transport only.
   */
  SSE,
  /**
   * Serves it over Server-Sent Events, and hands its WebSocket sessions on from the container: all
   * sessions are in one room, so that a broadcast over {@code getOpenSessions()} reaches both. On a
   * container that is not known, like {@link #SSE}.
   */
  ROOM
}
