package dev.ssebridge.websocket;

import dev.ssebridge.FrameEncoder;
import dev.ssebridge.FrameSource;
import dev.ssebridge.Pump;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.servlet.EventStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One response and the sessions that it carries: one, or several of a page that has few connections
 * to spare. Every event's id names its session, so there is no envelope. A session that a newer
 * stream has taken over is this one's no longer, and without any the stream ends.
 *
 * <p>Threading: the methods of {@link FrameSource} are the pump's, {@link #carry} and {@link #open}
 * the request's; the rest is safe from any thread.
 */
final class SessionStream implements FrameSource {
  /** A session on this stream; its places are the pump's. */
  private static final class Member {
    final BridgeSession session;
    final SessionLog.Reader reader;
    long written;
    long read; // ahead of what is written only between a read and its write

    Member(BridgeSession session, SessionLog.Reader reader, long offset) {
      this.session = session;
      this.reader = reader;
      written = offset;
      read = offset;
    }
  }

  private final List<Member> members = new ArrayList<>(1); // as it is once the stream is open
  private int turn; // the pump's: who is read first
  private volatile @Nullable EventStream stream; // null: not open yet

  /**
   * Takes a session over from the stream that has it.
   *
   * @param offset what its client has seen
   * @return false if the session cannot be continued from there
   */
  boolean carry(BridgeSession session, long offset) {
    SessionLog.Reader reader = session.claim(offset);
    if (reader == null) {
      return false;
    }
    members.add(new Member(session, reader, offset));
    return true;
  }

  int size() {
    return members.size();
  }

  /** Tells the endpoints of sessions that are new. */
  void begin() {
    members.forEach(member -> member.session.begin());
  }

  boolean carries(BridgeSession session) {
    return members.stream().anyMatch(member -> member.session == session);
  }

  /**
   * Answers a request with this stream. If that fails the sessions are alone again.
   *
   * @param greeting whole events to begin with
   */
  void open(
      HttpServletRequest request,
      HttpServletResponse response,
      Pump pump,
      byte[] greeting,
      StreamOptions options)
      throws IOException {
    EventStream opened;
    try {
      opened =
          EventStream.open(request, response, pump, this, 0, greeting, options, why -> detach());
    } catch (IOException | RuntimeException e) {
      detach();
      throw e;
    }
    stream = opened;
    members.forEach(member -> member.session.carriedBy(member.reader, this));
    endIfEmpty(StreamEnd.REPLACED); // if newer ones have overtaken it
    opened.wake(); // for what was sent before the sessions knew of it
  }

  private void detach() {
    members.forEach(member -> member.session.detach(member.reader));
  }

  void wake() {
    EventStream open = stream;
    if (open != null) {
      open.wake();
    }
  }

  /** Ends the stream if it has no session any more. */
  void endIfEmpty(StreamEnd why) {
    EventStream open = stream;
    if (open != null && members.stream().noneMatch(member -> member.reader.isCurrent())) {
      open.endNow(why);
    }
  }

  /** Runs work on a thread of the container; false if the stream has ended. */
  boolean startOnContainer(Runnable work) {
    EventStream open = stream;
    return open != null && open.startOnContainer(work);
  }

  /** Reads each session in turn. The position is of no use here: there is one for each. */
  @Override
  public long read(long position, FrameEncoder out) {
    int count = members.size();
    int from = turn;
    for (int i = 0; i < count && !out.isFull(); i++) {
      int index = (from + i) % count;
      Member member = members.get(index);
      member.read = member.reader.read(member.written, out);
      // Who filled the run waits for the others; who found no room in it is the next one's first.
      turn = member.read > member.written ? (index + 1) % count : index;
    }
    return position;
  }

  @Override
  public void written(long position) {
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      if (member.read != member.written) {
        member.written = member.read;
        member.reader.written(member.written);
      }
    }
  }

  @Override
  public boolean isExhausted(long position) {
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      if (!member.reader.isDone(member.written)) {
        return false;
      }
    }
    return true;
  }
}
