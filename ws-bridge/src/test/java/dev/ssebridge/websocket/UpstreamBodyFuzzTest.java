package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ssebridge.EventStreamParser;
import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.EventStreamParser.Step;
import dev.ssebridge.EventStreamParser.Stop;
import jakarta.websocket.CloseReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Any bytes as the body of a batch: taken in order and once, or malformed, and nothing worse. */
class UpstreamBodyFuzzTest {
  private static final int LIMIT = 4096;

  /** A session, as far as a batch knows one. */
  private static final class Receiver {
    final List<Upstream> handled = new ArrayList<>();
    final Inbox inbox = new Inbox(1 << 20, handled::add);

    Receiver() {
      inbox.release();
    }

    /** Returns what became of the batch, in words. */
    String receive(byte[] body, int piece) throws InterruptedException {
      var parser = new EventStreamParser(LIMIT);
      long previous = 0;
      for (int at = 0; at < body.length; at += piece) {
        parser.feed(body, at, Math.min(piece, body.length - at));
        for (Step step = parser.next(); step != Stop.NEEDS_INPUT; step = parser.next()) {
          if (step == Stop.TOO_LARGE) {
            return "too large";
          }
          if (step instanceof Event event) {
            try {
              long number = UpstreamReader.number(event);
              if (number == 0 && previous == 0) {
                return "the first event needs an id";
              }
              previous = number == 0 ? previous + 1 : number;
              Inbox.Taken taken = inbox.take(previous, UpstreamReader.read(event), 0);
              if (taken != Inbox.Taken.NEW && taken != Inbox.Taken.REPEATED) {
                return taken.name();
              }
            } catch (UpstreamReader.Malformed malformed) {
              CloseReason reason = malformed.reason();
              return reason.getCloseCode() + " " + reason.getReasonPhrase();
            } finally {
              inbox.drain();
            }
          }
        }
      }
      return parser.hasUnfinishedBlock() ? "unfinished" : "taken";
    }
  }

  @FuzzTest(maxDuration = "15s")
  void aBatchIsTakenInOrderAndOnceOrRefused(byte[] body) throws InterruptedException {
    var whole = new Receiver();
    String outcome = whole.receive(body, Math.max(1, body.length));
    checkEvents(whole.handled);
    assertEquals(whole.inbox.received(), whole.handled.size());

    for (int piece : new int[] {1, 2, 3, 17}) {
      var pieces = new Receiver();
      assertEquals(outcome, pieces.receive(body, piece));
      assertEquals(describe(whole.handled), describe(pieces.handled));
    }

    long received = whole.inbox.received();
    assertEquals(outcome, whole.receive(body, Math.max(1, body.length)), "sent again");
    assertEquals(received, whole.inbox.received());
    assertEquals(received, whole.handled.size());
  }

  /** What a handler may rely on. */
  private static void checkEvents(List<Upstream> handled) {
    Class<?> partsOf = null;
    for (Upstream one : handled) {
      if (one instanceof Upstream.Text text) {
        byte[] encoded = text.text().getBytes(StandardCharsets.UTF_8);
        assertEquals(text.bytes(), encoded.length);
        assertEquals(text.text(), new String(encoded, StandardCharsets.UTF_8), "half a character");
      } else if (one instanceof Upstream.Control control) {
        assertTrue(control.content.length <= 125);
        continue; // may come between parts
      } else if (one instanceof Upstream.Close) {
        continue;
      }
      boolean first = partsOf == null;
      assertTrue(first || partsOf == one.getClass(), "parts of two messages");
      boolean more = one.part() == Upstream.Part.MORE;
      assertTrue(more || one.part() == (first ? Upstream.Part.WHOLE : Upstream.Part.LAST));
      partsOf = more ? one.getClass() : null;
    }
  }

  private static List<String> describe(List<Upstream> handled) {
    return handled.stream().map(UpstreamBodyFuzzTest::describe).toList();
  }

  private static String describe(Upstream one) {
    if (one instanceof Upstream.Binary binary) {
      return binary.part + " " + Arrays.toString(binary.content);
    }
    if (one instanceof Upstream.Control control) {
      return control.ping + " " + Arrays.toString(control.content);
    }
    if (one instanceof Upstream.Close close) {
      return "close " + close.reason();
    }
    return one.toString();
  }
}
