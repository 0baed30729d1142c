package dev.ssebridge.benchmark;

import java.nio.charset.StandardCharsets;

/** Counts the text messages of a WebSocket (RFC 6455 §5.2), as a server sends them: unmasked. */
final class WebSocketCounter extends EventCounter {
  private enum Part {
    OPCODE,
    LENGTH,
    LONG_LENGTH,
    TEXT,
    SKIPPED
  }

  private static final int TEXT_FRAME = 0x81;

  private final StringBuilder head = new StringBuilder();
  private Part part = Part.OPCODE;
  private boolean isText;
  private int lengthLeft; // bytes of the length that are still to come
  private long left; // bytes of the payload

  WebSocketCounter(Arrival arrival) {
    super(arrival);
  }

  @Override
  void accept(byte[] bytes, int from, int to) {
    int at = from;
    while (!open && at < to) {
      at = head(bytes, at, to);
    }
    while (at < to) {
      switch (part) {
        case OPCODE -> {
          isText = (bytes[at++] & 0xFF) == TEXT_FRAME;
          part = Part.LENGTH;
        }
        case LENGTH -> {
          int length = bytes[at++] & 0x7F;
          left = length < 126 ? length : 0;
          lengthLeft = length < 126 ? 0 : length == 126 ? 2 : 8;
          beginPayload();
        }
        case LONG_LENGTH -> {
          left = left << 8 | (bytes[at++] & 0xFF);
          lengthLeft--;
          beginPayload();
        }
        case TEXT -> {
          at = text(bytes, at, to);
          if (textHasEnded()) {
            count();
            part = Part.OPCODE;
          }
        }
        case SKIPPED -> {
          int count = (int) Math.min(left, to - at);
          at += count;
          left -= count;
          if (left == 0) {
            part = Part.OPCODE;
          }
        }
      }
    }
  }

  private void beginPayload() {
    if (lengthLeft > 0) {
      part = Part.LONG_LENGTH;
    } else if (isText) {
      beginText();
      part = Part.TEXT;
    } else {
      part = left == 0 ? Part.OPCODE : Part.SKIPPED;
    }
  }

  private int head(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      head.append((char) bytes[at++]);
      int length = head.length();
      if (length >= 4 && head.substring(length - 4).equals("\r\n\r\n")) {
        open = head.toString().startsWith("HTTP/1.1 101");
        if (!open) {
          refusal = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
          return to;
        }
        head.setLength(0);
        head.trimToSize();
        return at;
      }
    }
    return at;
  }
}
