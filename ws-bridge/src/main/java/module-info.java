/** Serves Jakarta WebSocket endpoints over Server-Sent Events at their own URLs. */
module dev.ssebridge.websocket {
  requires transitive dev.ssebridge.servlet;
  requires transitive jakarta.websocket;
  requires transitive jakarta.websocket.client;
  requires com.fasterxml.jackson.databind;
  requires static transitive org.jspecify;

  provides jakarta.servlet.ServletContainerInitializer with
      dev.ssebridge.websocket.SseBridgeInitializer;

  exports dev.ssebridge.websocket;
}
