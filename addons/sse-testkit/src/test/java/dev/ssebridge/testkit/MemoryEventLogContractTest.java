package dev.ssebridge.testkit;

import dev.ssebridge.EventLog;
import dev.ssebridge.MemoryEventLog;
import dev.ssebridge.Retention;

/** Here and not beside the log, since the contract needs the log's module. */
class MemoryEventLogContractTest extends EventLogContract {
  @Override
  protected EventLog newLog(Retention retention) {
    return new MemoryEventLog(retention);
  }
}
