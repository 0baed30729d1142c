package dev.ssebridge.benchmark;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Counts the events of an event stream, in chunks (RFC 9112 §7.1) or until the end. */
final class SseCounter extends EventCounter {
  private enum Line {
    START,
    DATA_NAME,
    DATA_START,
    TEXT,
    REST
  }

  private enum Chunk {
    SIZE,
    SIZE_REST,
    CONTENT,
    END
  }

  private final StringBuilder head = new StringBuilder();
  private boolean chunked;
  private Chunk chunk = Chunk.SIZE;
  private int left; // bytes of the chunk, or of its end
  private Line line = Line.START;
  private int nameLeft;
  private boolean hasText;

  SseCounter(Arrival arrival) {
    super(arrival);
  }

  @Override
  void accept(byte[] bytes, int from, int to) {
    int at = from;
    while (!open && at < to) {
      at = head(bytes, at, to);
    }
    if (!chunked) {
      body(bytes, at, to);
      return;
    }
    while (at < to) {
      switch (chunk) {
        case SIZE -> {
          byte c = bytes[at++];
          int digit = Character.digit(c, 16);
          if (digit >= 0) {
            left = left * 16 + digit;
          } else {
            chunk = c == '\n' ? Chunk.CONTENT : Chunk.SIZE_REST;
          }
        }
        case SIZE_REST -> {
          if (bytes[at++] == '\n') {
            chunk = Chunk.CONTENT;
          }
        }
        case CONTENT -> {
          int count = Math.min(left, to - at);
          body(bytes, at, at + count);
          at += count;
          left -= count;
          if (left == 0) {
            chunk = Chunk.END;
            left = 2;
          }
        }
        case END -> {
          at++;
          left--;
          if (left == 0) {
            chunk = Chunk.SIZE;
          }
        }
      }
    }
  }

  private int head(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      head.append((char) bytes[at++]);
      int length = head.length();
      if (length >= 4 && head.substring(length - 4).equals("\r\n\r\n")) {
        String text = head.toString().toLowerCase(Locale.ROOT);
        if (!text.startsWith("http/1.1 200")) {
          refusal = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
          return to;
        }
        chunked = text.contains("\ntransfer-encoding: chunked");
        head.setLength(0);
        head.trimToSize();
        open = true;
        return at;
      }
    }
    return at;
  }

  private void body(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      switch (line) {
        case START -> {
          byte c = bytes[at++];
          if (c == 'd') {
            line = Line.DATA_NAME;
            nameLeft = 4; // "ata:"
          } else if (c != '\n') {
            line = Line.REST;
          } else if (hasText) {
            count();
            hasText = false;
          }
        }
        case DATA_NAME -> {
          int count = Math.min(nameLeft, to - at);
          nameLeft -= count;
          at += count;
          if (nameLeft == 0) {
            line = Line.DATA_START;
          }
        }
        case DATA_START -> {
          if (bytes[at] == ' ') {
            at++;
          } else if (isDigit(bytes[at])) {
            beginText();
            line = Line.TEXT;
          } else {
            line = Line.REST; // a greeting
          }
        }
        case TEXT -> {
          at = text(bytes, at, to);
          if (textHasEnded()) {
            hasText = true;
            line = Line.REST;
          }
        }
        case REST -> {
          while (at < to && bytes[at] != '\n') {
            at++;
          }
          if (at < to) {
            at++;
            line = Line.START;
          }
        }
      }
    }
  }
}
