package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwnedLockTest {
  private final OwnedLock lock = new OwnedLock();
  private int count; // guarded by the lock, or the test fails

  private boolean isFreeForOthers() {
    return CompletableFuture.supplyAsync(
            () -> {
              if (!lock.tryLock()) {
                return false;
              }
              lock.unlock();
              return true;
            })
        .join();
  }

  @Test
  void isHeldUntilItIsGivenBackAsOftenAsItWasTaken() throws Exception {
    lock.lock();
    lock.lock();
    assertTrue(lock.tryLock());
    lock.lockInterruptibly();
    for (int held = 4; held > 0; held--) {
      assertFalse(isFreeForOthers(), () -> "given away by its owner");
      lock.unlock();
    }
    assertTrue(isFreeForOthers());
  }

  @Test
  void isGivenBackByNobodyElse() {
    assertThrows(IllegalMonitorStateException.class, lock::unlock);
    lock.lock();
    CompletableFuture<Void> other = CompletableFuture.runAsync(lock::unlock);
    assertThrows(Exception.class, other::join);
    assertFalse(isFreeForOthers());
    lock.unlock();
  }

  @Test
  void letsOneThreadInAtATime() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int turn = 0; turn < 20_000; turn++) {
                  lock.lock();
                  try {
                    lock.lock();
                    count++;
                    lock.unlock();
                  } finally {
                    lock.unlock();
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(80_000, count);
  }
}
