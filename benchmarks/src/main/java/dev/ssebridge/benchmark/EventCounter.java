package dev.ssebridge.benchmark;

import org.HdrHistogram.Histogram;

/**
 * Counts the events of one connection and checks that none is missing, repeated or out of order.
 * Looks at the head of each {@link Text} and skips the rest, so that counting is cheap against
 * sending.
 *
 * <p>Threading: the load client's thread; the counts may be read by others when all is quiet.
 */
abstract class EventCounter {
  /** When bytes arrived, and where delays are recorded. */
  static final class Arrival {
    final Histogram delays = new Histogram(3_600_000_000_000L, 3);
    volatile boolean recording;
    long nanos;
  }

  final Arrival arrival;
  long events;
  long broken; // events that were not the one after their predecessor
  boolean open; // the server has accepted the request
  String refusal = ""; // why it has not

  private int at; // bytes of the current text so far
  private int length;
  private long number;
  private long nanos;
  private long next = -1; // -1: none has come yet

  EventCounter(Arrival arrival) {
    this.arrival = arrival;
  }

  /** Takes bytes as they came. */
  abstract void accept(byte[] bytes, int from, int to);

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  final void beginText() {
    at = 0;
    length = 0;
    number = 0;
    nanos = 0;
  }

  /** Takes bytes of a text. Returns where it stopped: behind them all, or behind the text. */
  final int text(byte[] bytes, int from, int to) {
    int i = from;
    if (at == 0 && to - from >= Text.HEAD) { // as it mostly is
      length = (int) digits(bytes, i, Text.LENGTH_DIGITS);
      i += Text.LENGTH_DIGITS;
      number = digits(bytes, i, Text.NUMBER_DIGITS);
      i += Text.NUMBER_DIGITS;
      nanos = arrival.recording ? digits(bytes, i, Text.TIME_DIGITS) : 0;
      i += Text.TIME_DIGITS;
      at = Text.HEAD;
    }
    for (; at < Text.HEAD && i < to; at++, i++) {
      int digit = bytes[i] - '0';
      if (at < Text.LENGTH_DIGITS) {
        length = length * 10 + digit;
      } else if (at < Text.LENGTH_DIGITS + Text.NUMBER_DIGITS) {
        number = number * 10 + digit;
      } else {
        nanos = nanos * 10 + digit;
      }
    }
    if (at >= Text.HEAD) {
      int rest = Math.min(length - at, to - i);
      at += rest;
      i += rest;
    }
    return i;
  }

  final boolean textHasEnded() {
    return at >= Text.HEAD && at == length;
  }

  /** The event that the text was of is complete. */
  final void count() {
    events++;
    if (next >= 0 && number != next) {
      broken++;
    }
    next = number + 1;
    if (arrival.recording) {
      arrival.delays.recordValue(Math.max(0, arrival.nanos - nanos));
    }
  }

  private static long digits(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = from; i < from + count; i++) {
      value = value * 10 + (bytes[i] - '0');
    }
    return value;
  }
}
