/**
 * Runs WebSocket endpoints in unit tests without a container, breaks connections on purpose, reads
 * streams byte by byte, and holds event logs to their contract.
 */
module dev.ssebridge.testkit {
  requires transitive dev.ssebridge.websocket;
  requires com.fasterxml.jackson.databind;
  requires static transitive org.jspecify;
  requires transitive dev.ssebridge;
  requires transitive org.junit.jupiter.api;
  requires org.junit.jupiter.params;

  exports dev.ssebridge.testkit;

  opens dev.ssebridge.testkit to
      org.junit.platform.commons;
}
