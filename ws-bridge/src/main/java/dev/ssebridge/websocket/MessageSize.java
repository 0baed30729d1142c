package dev.ssebridge.websocket;

/** The size of a text message: its bytes in UTF-8, as every limit counts them. */
final class MessageSize {
  private MessageSize() {}

  /** The bytes of a text; a lone surrogate counts as U+FFFD, which takes its place. */
  static long of(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x800) {
        bytes += 2; // of three; a pair of surrogates counts as four below
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        }
      } else if (c >= 0x80) {
        bytes += 1;
      }
    }
    return bytes;
  }

  /** Whether a text has more bytes than this; counts only where its length does not tell. */
  static boolean exceeds(String text, long limit) {
    return text.length() > limit || (text.length() * 3L > limit && of(text) > limit);
  }
}
