package dev.ssebridge.example.server;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps the containers' start and stop messages out of the output. The system property {@code
 * server.log} names another level for {@code java.util.logging}, such as {@code INFO}.
 */
public final class ContainerLogs {
  // Held strongly: a logger nobody holds is collected, and its level with it.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("org.apache"),
          Logger.getLogger("org.eclipse.jetty"),
          Logger.getLogger("io.undertow"),
          Logger.getLogger("org.xnio"),
          Logger.getLogger("org.jboss"));

  /** Has a stack trace at ERROR for every client that left before its response was complete. */
  private static final Logger UNDERTOW_IO = Logger.getLogger("io.undertow.request.io");

  private ContainerLogs() {}

  /** Sets the level of every container's logger; warnings by default. */
  public static void quiet() {
    Level level = Level.parse(System.getProperty("server.log", "WARNING"));
    LOGGERS.forEach(logger -> logger.setLevel(level));
    UNDERTOW_IO.setLevel(Level.OFF);
  }
}
