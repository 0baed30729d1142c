package com.example.dashboard;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A shop's servers as they might be: traffic in waves, latency that follows it and has its bad
 * moments, and builds that come and go. One thread.
 */
final class SimulatedFeed {
  private static final List<String> PROJECTS = List.of("checkout", "search", "catalogue", "mail");
  private static final double SLOW_MILLIS = 180;
  private static final int TICKS_OF_A_BUILD = 40;

  private final Board board;
  private final Random random;
  private int tick;
  private double strain; // 0 to 1, jumps at random and wears off
  private boolean slow;
  private int alert;

  SimulatedFeed(Board board, long seed) {
    this.board = board;
    random = new Random(seed);
  }

  /** Lets a quarter of a second pass. */
  void tick(long epochMillis) {
    tick++;
    strain = random.nextInt(60) == 0 ? 1 : strain * 0.94;
    double requests = 900 + 350 * Math.sin(tick / 25.0) + 60 * random.nextGaussian();
    double median = 40 + requests / 60 + 70 * strain + 3 * random.nextGaussian();
    double slowest = 1.9 * median + 130 * strain + 12 * Math.abs(random.nextGaussian());
    board.put(
        "metrics",
        Integer.toString(tick),
        String.format(
            Locale.ROOT,
            "{\"n\":%d,\"time\":%.3f,\"requests\":%.0f,\"p50\":%.1f,\"p95\":%.1f}",
            tick,
            epochMillis / 1000.0,
            requests,
            median,
            slowest));
    watch(slowest, epochMillis);
    build(epochMillis);
  }

  private void watch(double slowest, long epochMillis) {
    if (tick == 1) {
      alert("info", "The feed has started", epochMillis);
    } else if (!slow && slowest > SLOW_MILLIS) {
      slow = true;
      alert("bad", "Latency p95 is above %.0f ms".formatted(SLOW_MILLIS), epochMillis);
    } else if (slow && slowest < 0.8 * SLOW_MILLIS) {
      slow = false;
      alert("good", "Latency is back to normal", epochMillis);
    }
  }

  private void alert(String level, String text, long epochMillis) {
    alert++;
    board.put(
        "alerts",
        Integer.toString(alert),
        "{\"n\":%d,\"time\":%d,\"level\":\"%s\",\"text\":\"%s\"}"
            .formatted(alert, epochMillis / 1000, level, text));
  }

  /** One project is built after the other; each step of a build is its project's newest state. */
  private void build(long epochMillis) {
    int step = tick % TICKS_OF_A_BUILD;
    int number = tick / TICKS_OF_A_BUILD;
    if (step % 4 != 0) {
      return;
    }
    String project = PROJECTS.get(number % PROJECTS.size());
    boolean last = step == TICKS_OF_A_BUILD - 4;
    String state = !last ? "running" : random.nextInt(4) == 0 ? "failed" : "passed";
    board.put(
        "builds",
        project,
        "{\"project\":\"%s\",\"number\":%d,\"state\":\"%s\",\"percent\":%d,\"time\":%d}"
            .formatted(
                project,
                100 + number,
                state,
                100 * step / (TICKS_OF_A_BUILD - 4),
                epochMillis / 1000));
  }
}
