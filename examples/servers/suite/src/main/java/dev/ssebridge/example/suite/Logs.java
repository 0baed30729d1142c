package dev.ssebridge.example.suite;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What the library and the container log while a test runs; all of it goes to java.util.logging.
 */
final class Logs extends Handler implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();

  Logs() {
    Logger.getLogger("").addHandler(this);
  }

  /** A line for each record, with the stack trace's first line if it has one. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void publish(LogRecord record) {
    Throwable thrown = record.getThrown();
    lines.add(
        record.getLoggerName()
            + ": "
            + record.getMessage()
            + (thrown == null ? "" : " | " + thrown));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    Logger.getLogger("").removeHandler(this);
  }
}
