package dev.ssebridge.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The response to a request of {@link RawHttpClient}. Nothing is read that is not asked for: to
 * stall, do not read.
 *
 * <p>Every read has a time limit, and fails with {@link SocketTimeoutException} when it is over;
 * what had arrived by then is kept for the next read. The end of the body is not an exception: see
 * {@link #ending()}.
 *
 * <p><b>Threading:</b> one thread reads; {@link #reset}, {@link #halfClose}, {@link #close} and
 * {@link #write} may be called by others.
 */
public final class RawStream implements AutoCloseable {
  private enum Framing {
    CHUNKS,
    LENGTH,
    UNTIL_CLOSE
  }

  private final Socket socket;
  private final InputStream in;
  private final byte[] buffer = new byte[8 * 1024];
  private int next; // first byte of the buffer not consumed yet
  private int limit;
  private int status = -1;
  private final List<String> headers = new ArrayList<>();
  private Framing framing = Framing.UNTIL_CLOSE;
  private long left; // in the body, or in the chunk; -1: a chunk's size comes next
  private boolean afterChunk; // the line end of a chunk's data is still to come
  private final StringBuilder line = new StringBuilder(); // part of a line a timeout has left
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream(); // read, not returned
  private Ending ending = Ending.OPEN;
  private long bytes;

  RawStream(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /**
   * Reads the head of the response, for a stream opened with {@link RawHttpClient#open}.
   *
   * @throws IOException if the connection ends before the head does, the time is over, or it is not
   *     HTTP
   */
  public void readHead(Duration within) throws IOException {
    long deadline = System.nanoTime() + within.toNanos();
    do {
      headers.clear();
      String first = readLine(deadline);
      String[] parts = first.split(" ", 3);
      status = parts.length < 2 ? -1 : (int) number(parts[1], 10);
      for (String header = readLine(deadline); !header.isEmpty(); header = readLine(deadline)) {
        headers.add(header);
      }
    } while (status >= 100 && status < 200 && status != 101); // 101 is the last HTTP there is
    if (header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
      framing = Framing.CHUNKS;
      left = -1;
    } else if (status == 204 || status == 304) {
      ending = Ending.COMPLETE;
    } else if (header("Content-Length").isPresent()) {
      framing = Framing.LENGTH;
      left = number(header("Content-Length").orElseThrow(), 10);
      ending = left == 0 ? Ending.COMPLETE : Ending.OPEN;
    }
  }

  /** The status of the response. */
  public int status() {
    return status;
  }

  /** The first header of that name, whatever its case. */
  public Optional<String> header(String name) {
    return headers.stream()
        .filter(each -> each.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .map(each -> each.substring(name.length() + 1).trim())
        .findFirst();
  }

  /** All header lines, in order. */
  public List<String> headers() {
    return List.copyOf(headers);
  }

  /** How many bytes of the body were read so far, after the chunks were decoded. */
  public long bytes() {
    return bytes;
  }

  /** How the body ended, as far as was read. */
  public Ending ending() {
    return ending;
  }

  /**
   * Reads what is there of the body, at least one byte.
   *
   * @return how many bytes were read, or -1 if the body has ended
   * @throws SocketTimeoutException if nothing came in time
   * @throws ProtocolException if the response is not HTTP
   */
  public int read(byte[] into, Duration within) throws IOException {
    if (pending.size() > 0) {
      byte[] kept = pending.toByteArray();
      int count = Math.min(kept.length, into.length);
      System.arraycopy(kept, 0, into, 0, count);
      pending.reset();
      pending.write(kept, count, kept.length - count);
      return count;
    }
    return decode(into, System.nanoTime() + within.toNanos());
  }

  /**
   * Reads exactly so many bytes of the body, fewer only if it ends before.
   *
   * @throws SocketTimeoutException if they did not all come in time
   * @throws ProtocolException if the response is not HTTP
   */
  public byte[] readBytes(int count, Duration within) throws IOException {
    fill(within, () -> pending.size() >= count);
    return take(Math.min(count, pending.size()));
  }

  /**
   * Reads the body as UTF-8 up to and including a text, such as the two line ends after an event.
   *
   * @throws EOFException if the body ends before; the message has what was read
   * @throws SocketTimeoutException if the text did not come in time; the message has what was read
   * @throws ProtocolException if the response is not HTTP
   */
  public String readThrough(String text, Duration within) throws IOException {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    fill(within, () -> indexOf(pending.toByteArray(), wanted) >= 0);
    int found = indexOf(pending.toByteArray(), wanted);
    if (found < 0) {
      throw new EOFException(ending + " before <" + text + ">: <" + pendingText() + ">");
    }
    return new String(take(found + wanted.length), StandardCharsets.UTF_8);
  }

  /**
   * Reads the rest of the body as UTF-8, however it ends.
   *
   * @throws SocketTimeoutException if it does not end in time; the message has what was read
   * @throws ProtocolException if the response is not HTTP
   */
  public String readToEnd(Duration within) throws IOException {
    fill(within, () -> false);
    return new String(take(pending.size()), StandardCharsets.UTF_8);
  }

  /**
   * Sends more bytes of the request, for one that was opened incomplete.
   *
   * @throws IOException if the connection is gone
   */
  public void write(byte[] more) throws IOException {
    socket.getOutputStream().write(more);
  }

  /** Says that nothing more will be sent, and goes on reading. */
  public void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection with a reset, as a process that dies with bytes unread. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Ends the connection in order, whether or not the body has ended. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  private interface Enough {
    boolean isReached();
  }

  private void fill(Duration within, Enough enough) throws IOException {
    long deadline = System.nanoTime() + within.toNanos();
    byte[] some = new byte[8 * 1024];
    try {
      while (!enough.isReached()) {
        int count = decode(some, deadline);
        if (count < 0) {
          return;
        }
        pending.write(some, 0, count);
      }
    } catch (SocketTimeoutException e) {
      SocketTimeoutException late =
          new SocketTimeoutException("not within " + within + ": <" + pendingText() + ">");
      late.initCause(e);
      throw late;
    }
  }

  private String pendingText() {
    return pending.toString(StandardCharsets.UTF_8);
  }

  private byte[] take(int count) {
    byte[] all = pending.toByteArray();
    byte[] taken = new byte[count];
    System.arraycopy(all, 0, taken, 0, count);
    pending.reset();
    pending.write(all, count, all.length - count);
    return taken;
  }

  private static int indexOf(byte[] all, byte[] wanted) {
    for (int i = 0; i + wanted.length <= all.length; i++) {
      int same = 0;
      while (same < wanted.length && all[i + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return i;
      }
    }
    return -1;
  }

  /** Reads some of the body into an array; -1 and {@link #ending} if it has ended. */
  private int decode(byte[] into, long deadline) throws IOException {
    try {
      while (ending == Ending.OPEN) {
        if (framing == Framing.CHUNKS && left <= 0) {
          nextChunk(deadline);
        } else {
          if (next == limit && !receive(deadline)) {
            ending = framing == Framing.UNTIL_CLOSE ? Ending.COMPLETE : Ending.CUT;
            return -1;
          }
          return body(into);
        }
      }
    } catch (EOFException e) {
      ending = Ending.CUT;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      ending = Ending.RESET;
    }
    return -1;
  }

  private int body(byte[] into) {
    int count = Math.min(limit - next, into.length);
    if (framing != Framing.UNTIL_CLOSE) {
      count = (int) Math.min(count, left);
      left -= count;
    }
    System.arraycopy(buffer, next, into, 0, count);
    next += count;
    bytes += count;
    if (framing == Framing.LENGTH && left == 0) {
      ending = Ending.COMPLETE;
    } else if (framing == Framing.CHUNKS && left == 0) {
      afterChunk = true;
    }
    return count;
  }

  private void nextChunk(long deadline) throws IOException {
    if (afterChunk) {
      readLine(deadline);
      afterChunk = false;
      left = -1;
    }
    if (left < 0) {
      String size = readLine(deadline).split(";", 2)[0].trim();
      left = number(size, 16);
    }
    if (left == 0) { // the trailers
      while (!readLine(deadline).isEmpty()) {
        // of no interest
      }
      ending = Ending.COMPLETE;
    }
  }

  private static long number(String text, int radix) throws ProtocolException {
    try {
      return Long.parseLong(text, radix);
    } catch (NumberFormatException e) {
      throw new ProtocolException("not a number: <" + text + ">");
    }
  }

  private String readLine(long deadline) throws IOException {
    while (true) {
      if (next == limit && !receive(deadline)) {
        throw new EOFException("the connection ended after <" + line + ">");
      }
      char c = (char) (buffer[next++] & 0xff);
      if (c == '\n') {
        String text = line.toString();
        line.setLength(0);
        return text;
      } else if (c != '\r') {
        line.append(c);
      }
    }
  }

  private boolean receive(long deadline) throws IOException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0 && in.available() == 0) {
      throw new SocketTimeoutException("nothing in time");
    }
    socket.setSoTimeout((int) Math.max(1, millis));
    int count = in.read(buffer);
    next = 0;
    limit = Math.max(0, count);
    return count >= 0;
  }
}
