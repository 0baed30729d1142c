package dev.ssebridge.example.demo;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the request heads in what one HTTP/1.1 client sends, byte by byte as it comes, and lets
 * each request pass or keeps it back. Once requests can no longer be told apart (an upgrade, a
 * chunked body, a head over 64 KB) everything passes.
 *
 * <p><b>Threading:</b> not safe for concurrent use.
 */
final class RequestHeads {
  private static final int LONGEST_HEAD = 64 * 1024;
  private static final Pattern LENGTH = header("Content-Length: *(\\d{1,18})");
  private static final Pattern OPAQUE = header("(?:Upgrade|Transfer-Encoding):");

  private final Predicate<String> passes;
  private byte[] head = new byte[1024];
  private int headLength;
  private long bodyLeft;
  private boolean bodyPasses = true;
  private boolean opaque;

  /**
   * @param passes asked once per request, with its head; false keeps the request from passing
   */
  RequestHeads(Predicate<String> passes) {
    this.passes = passes;
  }

  /** Takes the next bytes and answers those that pass: whole heads, and bodies as they come. */
  byte[] take(byte[] bytes) {
    byte[] passed = new byte[headLength + bytes.length];
    int length = 0;
    int at = 0;
    while (at < bytes.length) {
      if (opaque || bodyLeft > 0) {
        int run = opaque ? bytes.length - at : (int) Math.min(bodyLeft, bytes.length - at);
        if (opaque || bodyPasses) {
          System.arraycopy(bytes, at, passed, length, run);
          length += run;
        }
        bodyLeft -= opaque ? 0 : run;
        at += run;
      } else if (endsHead(bytes[at++])) {
        if (passesHead()) {
          System.arraycopy(head, 0, passed, length, headLength);
          length += headLength;
        }
        headLength = 0;
      }
    }
    return Arrays.copyOf(passed, length);
  }

  private boolean endsHead(byte next) {
    if (headLength == head.length) {
      head = Arrays.copyOf(head, 2 * headLength);
    }
    head[headLength++] = next;
    return headLength == LONGEST_HEAD
        || (next == '\n'
            && headLength >= 4
            && head[headLength - 2] == '\r'
            && head[headLength - 3] == '\n'
            && head[headLength - 4] == '\r');
  }

  private boolean passesHead() {
    String text = new String(head, 0, headLength, StandardCharsets.ISO_8859_1);
    if (headLength == LONGEST_HEAD || OPAQUE.matcher(text).find()) {
      opaque = true;
    }
    Matcher length = LENGTH.matcher(text);
    bodyLeft = !opaque && length.find() ? Long.parseLong(length.group(1)) : 0;
    bodyPasses = passes.test(text) || opaque;
    return bodyPasses;
  }

  private static Pattern header(String regex) {
    return Pattern.compile("^" + regex, Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);
  }
}
