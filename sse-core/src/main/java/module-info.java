/** Events, frames, the log with its cursors, and the pump that writes them: the JDK only. */
module dev.ssebridge {
  requires static transitive org.jspecify;
  requires static com.fasterxml.jackson.databind; // SseHub.publishJson, where it is there
  requires static transitive com.google.errorprone.annotations;

  exports dev.ssebridge;
}
