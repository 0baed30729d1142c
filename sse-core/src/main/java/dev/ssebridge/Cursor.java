package dev.ssebridge;

import java.util.Optional;

/**
 * A place in an event sequence: everything up to {@code offset} has been seen. It is what the
 * {@code id:} of an event carries and {@code Last-Event-ID} brings back (WHATWG HTML §9.2.6).
 *
 * <p>As text it is {@code <epoch>-<offset>}. The alphabet and the length are those that a browser
 * may send across origins without a preflight (Fetch, CORS-unsafe request-header byte).
 *
 * @param epoch the identity of the sequence, 1 to {@value #MAX_EPOCH_LENGTH} characters of {@code
 *     [A-Za-z0-9._~-]}; it changes whenever the sequence is lost
 * @param offset the position of the last event seen; 0 is before the first event
 */
public record Cursor(String epoch, long offset) {
  /** The longest epoch, so that the text of a cursor has at most 128 characters. */
  public static final int MAX_EPOCH_LENGTH = 108;

  /**
   * Checks both parts.
   *
   * @throws IllegalArgumentException if the epoch leaves its alphabet or length, or the offset is
   *     negative
   */
  public Cursor {
    if (!isEpoch(epoch)) {
      throw new IllegalArgumentException(
          "epoch must be 1 to " + MAX_EPOCH_LENGTH + " characters of [A-Za-z0-9._~-]: " + epoch);
    }
    if (offset < 0) {
      throw new IllegalArgumentException("offset must not be negative: " + offset);
    }
  }

  /**
   * Reads a cursor from what a client sent. Never throws: whatever is not exactly the text of a
   * cursor is empty.
   *
   * @param text the value of {@code Last-Event-ID} or of a query parameter; split at its last
   *     {@code -}
   * @return the cursor, or empty if the text is none
   */
  public static Optional<Cursor> parse(String text) {
    int dash = text.lastIndexOf('-');
    int digits = text.length() - dash - 1;
    if (dash < 1 || digits < 1 || digits > 19 || !isEpoch(text.substring(0, dash))) {
      return Optional.empty();
    }
    if (digits > 1 && text.charAt(dash + 1) == '0') {
      return Optional.empty(); // one text per cursor: no leading zeros
    }
    long offset = 0;
    for (int i = dash + 1; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return Optional.empty();
      }
      offset = offset * 10 + digit;
      if (offset < 0) {
        return Optional.empty(); // past Long.MAX_VALUE
      }
    }
    return Optional.of(new Cursor(text.substring(0, dash), offset));
  }

  private static boolean isEpoch(String text) {
    if (text.isEmpty() || text.length() > MAX_EPOCH_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean safe =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.'
              || c == '_'
              || c == '~';
      if (!safe) {
        return false;
      }
    }
    return true;
  }

  /** Returns the text for an {@code id:} line. */
  @Override
  public String toString() {
    return epoch + "-" + offset;
  }
}
