/** Breaks connections on purpose, and reads streams byte by byte: the JDK only. */
module dev.ssebridge.testkit {
  requires static transitive org.jspecify;

  exports dev.ssebridge.testkit;
}
