package dev.ssebridge.benchmark;

import java.nio.charset.StandardCharsets;

/**
 * The text of an event: its own length, a number that counts the publisher's events, the time of
 * its publication, and filler. So a client can check the order, tell the delay and skip the rest.
 */
final class Text {
  static final int LENGTH_DIGITS = 6;
  static final int NUMBER_DIGITS = 12;
  static final int TIME_DIGITS = 19;
  static final int HEAD = LENGTH_DIGITS + NUMBER_DIGITS + TIME_DIGITS;

  private Text() {}

  /**
   * A text.
   *
   * @param length of the whole, at least {@link #HEAD}
   * @param nanos {@link System#nanoTime}, which is the same clock for every process of a machine
   */
  static String of(int length, long number, long nanos) {
    if (length < HEAD) {
      throw new IllegalArgumentException("an event has at least " + HEAD + " bytes: " + length);
    }
    var text = new byte[length];
    digits(text, 0, LENGTH_DIGITS, length);
    digits(text, LENGTH_DIGITS, NUMBER_DIGITS, number);
    digits(text, LENGTH_DIGITS + NUMBER_DIGITS, TIME_DIGITS, nanos);
    for (int i = HEAD; i < length; i++) {
      text[i] = (byte) ('a' + i % 26);
    }
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void digits(byte[] to, int at, int count, long number) {
    long rest = number;
    for (int i = at + count - 1; i >= at; i--) {
      to[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
