/** Breaks connections on purpose, and reads streams byte by byte: the JDK only. */
module dev.ssebridge.testkit {
  requires static transitive org.jspecify;
  requires static com.google.errorprone.annotations;

  exports dev.ssebridge.testkit;
}
