package dev.ssebridge.testkit;

import java.time.Duration;
import java.util.List;

/**
 * Faults at random: every connection is given, when it opens, a number of bytes in each direction
 * and a time, all exponentially distributed, and a fault that strikes at whichever is reached
 * first. After a fault that leaves it open and moving, a connection is given another.
 *
 * <p>The draws depend on nothing but the seed and the number of the connection, so the same run of
 * connections and bytes meets the same faults.
 *
 * @param meanBytesToClient the mean number of bytes to the client; 0 counts none
 * @param meanBytesToServer the mean number of bytes to the server; 0 counts none
 * @param meanLife the mean time; zero measures none
 * @param faults drawn with equal probability; repeat one to draw it more often
 */
public record Chaos(
    long meanBytesToClient, long meanBytesToServer, Duration meanLife, List<Fault> faults) {
  /** Checks the means and copies the list. */
  public Chaos {
    if (meanBytesToClient < 0 || meanBytesToServer < 0 || meanLife.isNegative()) {
      throw new IllegalArgumentException(
          "means must not be negative: " + List.of(meanBytesToClient, meanBytesToServer, meanLife));
    }
    faults = List.copyOf(faults);
    if (faults.isEmpty()) {
      throw new IllegalArgumentException("no fault to draw from");
    }
  }

  /**
   * Resets and closes, half of each, by bytes alone.
   *
   * @param meanBytes the mean number of bytes to the client
   */
  public static Chaos cutting(long meanBytes) {
    return new Chaos(meanBytes, 0, Duration.ZERO, List.of(new Fault.Reset(), new Fault.Close()));
  }
}
