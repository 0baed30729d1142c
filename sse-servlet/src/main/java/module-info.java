/** Server-Sent Events over the non-blocking output of Jakarta Servlet. */
module dev.ssebridge.servlet {
  requires transitive dev.ssebridge;
  requires transitive jakarta.servlet;
  requires static transitive org.jspecify;
  requires static com.fasterxml.jackson.databind; // subscriptions by POST, where it is there

  provides jakarta.servlet.ServletContainerInitializer with
      dev.ssebridge.servlet.EventStreamInitializer;

  exports dev.ssebridge.servlet;
}
