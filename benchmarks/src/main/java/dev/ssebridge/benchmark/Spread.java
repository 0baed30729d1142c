package dev.ssebridge.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The middle and the ends of some measurements.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param least the smallest
 * @param most the largest
 */
record Spread(double median, double least, double most) {
  static <T> Spread of(List<T> samples, ToDoubleFunction<T> figure) {
    double[] sorted = samples.stream().mapToDouble(figure).sorted().toArray();
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** A number with two digits that count, and with its ends if it has any. */
  String text() {
    return least == most
        ? digits(median)
        : "%s (%s–%s)".formatted(digits(median), digits(least), digits(most));
  }

  static String digits(double value) {
    if (value >= 999_500) {
      return String.format(Locale.ROOT, "%.1f M", value / 1e6);
    }
    if (value >= 9_995) {
      return String.format(Locale.ROOT, "%.0f k", value / 1e3);
    }
    return String.format(
        Locale.ROOT, value >= 9.95 ? "%.0f" : value >= 0.995 ? "%.1f" : "%.2f", value);
  }
}
