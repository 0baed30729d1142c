package dev.ssebridge.servlet;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * A reentrant lock that knows its owner by number. {@code ReentrantLock} stores a reference to the
 * thread whenever it is taken; where a thread takes thousands of long-lived locks in turn, each of
 * these stores is work for the collector (a card of G1 to be refined), which costs more than the
 * lock.
 *
 * <p>Threading: a lock. Not fair; without conditions.
 */
final class OwnedLock implements Lock {
  private final StampedLock lock = new StampedLock();
  private volatile long owner; // id of the thread that holds it; 0: none, for ids begin at 1
  private int again; // how often the owner has taken it besides; the owner's
  private long stamp; // the owner's

  @Override
  public void lock() {
    if (!isOwned()) {
      own(lock.writeLock());
    }
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    if (!isOwned()) {
      own(lock.writeLockInterruptibly());
    }
  }

  @Override
  public boolean tryLock() {
    return isOwned() || own(lock.tryWriteLock());
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
    return isOwned() || own(lock.tryWriteLock(time, unit));
  }

  /** Takes it once more if the caller has it already. */
  private boolean isOwned() {
    if (owner != Thread.currentThread().getId()) { // nobody else writes our id: this is no race
      return false;
    }
    again++;
    return true;
  }

  private boolean own(long taken) {
    if (taken == 0) {
      return false;
    }
    stamp = taken;
    owner = Thread.currentThread().getId();
    return true;
  }

  @Override
  public void unlock() {
    if (owner != Thread.currentThread().getId()) {
      throw new IllegalMonitorStateException("held by another thread, or by none");
    }
    if (again > 0) {
      again--;
      return;
    }
    owner = 0;
    lock.unlockWrite(stamp);
  }

  @Override
  public Condition newCondition() {
    throw new UnsupportedOperationException("no conditions");
  }
}
