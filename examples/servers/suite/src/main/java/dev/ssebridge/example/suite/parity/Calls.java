package dev.ssebridge.example.suite.parity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * What the endpoint of the case that runs now was called with, in order. Cases run one by one.
 *
 * <p>Threading: safe for concurrent use.
 */
public final class Calls {
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final Condition CHANGED = LOCK.newCondition();
  private static List<String> calls = new ArrayList<>(); // guarded by LOCK
  private static int run; // guarded by LOCK

  private Calls() {}

  /** Notes a call; endpoints do this first of all. */
  public static void heard(String call) {
    LOCK.lock();
    try {
      calls.add(call);
      CHANGED.signalAll();
    } finally {
      LOCK.unlock();
    }
  }

  /** The case that runs now. */
  public static int run() {
    LOCK.lock();
    try {
      return run;
    } finally {
      LOCK.unlock();
    }
  }

  /**
   * Notes an error, if the case is still the one it is an error of: some containers report the end
   * of a connection long after. Jetty's own notice of a close may come before or after that close,
   * or later than the case, and is not noted.
   */
  public static void failed(int during, Throwable error) {
    String name = error.getClass().getSimpleName();
    LOCK.lock();
    try {
      if (during == run && !name.equals("CloseException")) {
        calls.add("error " + name);
        CHANGED.signalAll();
      }
    } finally {
      LOCK.unlock();
    }
  }

  /** Notes what an attempt comes to: {@code what: its value}, or the name of its exception. */
  public static void tried(String what, Attempt attempt) {
    String outcome;
    try {
      outcome = String.valueOf(attempt.run());
    } catch (Throwable e) {
      outcome = e.getClass().getSimpleName();
    }
    heard(what + ": " + outcome);
  }

  /** Something that may fail. */
  public interface Attempt {
    Object run() throws Throwable;
  }

  /** The same without a value. */
  public static void did(String what, Action action) {
    tried(
        what,
        () -> {
          action.run();
          return "done";
        });
  }

  /** Something without a value that may fail. */
  public interface Action {
    void run() throws Throwable;
  }

  /** The application's own properties: containers keep theirs under names with dots. */
  public static Map<String, Object> own(Map<String, Object> properties) {
    Map<String, Object> own = new TreeMap<>(properties);
    own.keySet().removeIf(name -> name.contains("."));
    return own;
  }

  static void forget() {
    LOCK.lock();
    try {
      calls = new ArrayList<>();
      run++;
    } finally {
      LOCK.unlock();
    }
  }

  static List<String> all() {
    LOCK.lock();
    try {
      return List.copyOf(calls);
    } finally {
      LOCK.unlock();
    }
  }

  /** Waits until there is such a call; false if none came in time. */
  static boolean await(Predicate<String> wanted) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(Client.DEADLINE_SECONDS);
    LOCK.lock();
    try {
      while (calls.stream().noneMatch(wanted)) {
        if (left <= 0) {
          return false;
        }
        left = CHANGED.awaitNanos(left);
      }
      return true;
    } finally {
      LOCK.unlock();
    }
  }
}
