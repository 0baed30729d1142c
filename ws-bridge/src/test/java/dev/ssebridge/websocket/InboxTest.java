package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.Inbox.Taken;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class InboxTest {
  private final List<String> handled = Collections.synchronizedList(new ArrayList<>());
  private final Inbox inbox = new Inbox(3, message -> handled.add(text(message)));

  private static String text(Upstream message) {
    return ((Upstream.Text) message).text();
  }

  private Taken take(long number, String text) throws InterruptedException {
    return inbox.take(number, Upstream.Text.whole(text), 0);
  }

  @Test
  void eachNumberIsTakenOnceAndInOrder() throws Exception {
    inbox.release();
    assertEquals(Taken.NEW, take(1, "one"));
    assertEquals(Taken.REPEATED, take(1, "one again"));
    assertEquals(Taken.HOLE, take(3, "three"));
    assertEquals(Taken.NEW, take(2, "two"));
    assertEquals(Taken.NEW, take(0, "next"));
    assertEquals(3, inbox.received());

    inbox.drain();

    assertEquals(List.of("one", "two", "next"), handled);
  }

  @Test
  void nothingIsHandledBeforeOnOpenHasReturned() throws Exception {
    take(1, "early");
    inbox.drain();
    assertEquals(List.of(), handled);

    inbox.release();

    assertEquals(List.of("early"), handled);
  }

  @Test
  void aFullInboxRefusesAndLosesNothing() throws Exception {
    for (int i = 1; i <= 3; i++) {
      assertEquals(Taken.NEW, take(i, "m" + i));
    }
    assertEquals(Taken.FULL, take(4, "m4"));
    assertEquals(3, inbox.received());

    inbox.release();

    assertEquals(Taken.NEW, take(4, "m4"));
    inbox.drain();
    assertEquals(List.of("m1", "m2", "m3", "m4"), handled);
  }

  @Test
  void whatEndsASessionIsHandledBehindWhatWasTakenAndNeedsNoRoom() throws Exception {
    List<Upstream> seen = new ArrayList<>();
    var closing = new Inbox(1, seen::add);
    closing.take(1, Upstream.Text.whole("taken"), 0);
    var close = new Upstream.Close(null);

    closing.closeWith(close);
    closing.closeWith(new Upstream.Close(null)); // the first one counts

    assertEquals(Taken.CLOSED, closing.take(2, Upstream.Text.whole("late"), 0));
    assertEquals(Taken.REPEATED, closing.take(1, Upstream.Text.whole("taken"), 0));
    closing.release();
    assertEquals(List.of(Upstream.Text.whole("taken"), close), seen);
  }

  @Test
  void aMessageOverTheBytesIsTakenByAnEmptyInbox() throws Exception {
    assertEquals(Taken.NEW, take(1, "x".repeat(10_000)));
    assertEquals(Taken.FULL, take(2, "y"));
  }

  @Test
  void aSenderThatWaitsIsTakenWhenThereIsRoom() throws Exception {
    for (int i = 1; i <= 3; i++) {
      take(i, "m" + i);
    }
    var answers = Collections.synchronizedList(new ArrayList<Taken>());
    var waiting = new CountDownLatch(1);
    var sender =
        new Thread(
            () -> {
              waiting.countDown();
              try {
                answers.add(inbox.take(4, Upstream.Text.whole("m4"), TimeUnit.SECONDS.toNanos(20)));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    sender.start();
    waiting.await();

    inbox.release();

    sender.join();
    assertEquals(List.of(Taken.NEW), answers);
    inbox.drain();
    assertEquals(4, handled.size());
  }

  @Test
  void messagesOfManyThreadsAreHandledOneAtATime() throws Exception {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var count = new AtomicInteger();
    var busy =
        new Inbox(
            1000,
            message -> {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              count.incrementAndGet();
              inside.decrementAndGet();
            });
    busy.release();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      threads.add(
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 500; i++) {
                    busy.take(0, Upstream.Text.whole("m"), TimeUnit.SECONDS.toNanos(20));
                    busy.drain();
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertEquals(4000, count.get(), "none is left behind by a drain that came too early");
    assertEquals(1, most.get());
  }

  @Test
  void aHandlerThatClosesTheInboxIsTheLast() throws Exception {
    var closing = new Inbox[1];
    closing[0] =
        new Inbox(
            10,
            message -> {
              handled.add(text(message));
              closing[0].close();
            });
    closing[0].take(1, Upstream.Text.whole("last"), 0);
    closing[0].take(2, Upstream.Text.whole("never"), 0);

    closing[0].release();

    assertEquals(List.of("last"), handled);
    assertEquals(Taken.CLOSED, closing[0].take(3, Upstream.Text.whole("late"), 0));
    assertTrue(closing[0].received() >= 2);
  }

  @Test
  void theEventAfterPartsIsTheLastPartAndKindsDoNotMix() throws Exception {
    List<Upstream.Part> parts = new ArrayList<>();
    var joining = new Inbox(10, message -> parts.add(message.part()));
    joining.release();
    var more = new Upstream.Text("a", 1, Upstream.Part.MORE);
    var binary = new Upstream.Binary(new byte[1], Upstream.Part.WHOLE);
    assertEquals(Taken.NEW, joining.take(1, more, 0));
    assertEquals(Taken.NEW, joining.take(2, new Upstream.Control(true, new byte[0]), 0));
    assertEquals(Taken.MIXED, joining.take(3, binary, 0));
    assertEquals(Taken.NEW, joining.take(3, Upstream.Text.whole("b"), 0));
    assertEquals(Taken.NEW, joining.take(4, binary, 0));

    joining.drain();

    assertEquals(
        List.of(Upstream.Part.MORE, Upstream.Part.WHOLE, Upstream.Part.LAST, Upstream.Part.WHOLE),
        parts);
  }

  @Test
  void aFrozenInboxGoesOnInAnother() throws Exception {
    for (int i = 1; i <= 3; i++) {
      take(i, "m" + i);
    }
    List<Upstream> kept = inbox.freeze(0);
    inbox.release();
    assertEquals(List.of(), handled);
    assertEquals(Taken.REPEATED, take(3, "m3"));
    assertEquals(Taken.FROZEN, take(4, "m4"));

    var other = new Inbox(3, message -> handled.add(text(message)));
    other.thaw(inbox.received(), kept);
    assertEquals(Taken.REPEATED, other.take(3, Upstream.Text.whole("m3"), 0));
    assertEquals(Taken.FULL, other.take(4, Upstream.Text.whole("m4"), 0));
    other.release();
    assertEquals(Taken.NEW, other.take(4, Upstream.Text.whole("m4"), 0));
    other.drain();
    assertEquals(List.of("m1", "m2", "m3", "m4"), handled);
  }

  @Test
  void freezingWaitsForWhatIsBeingHandled() throws Exception {
    var working = new CountDownLatch(1);
    var done = new CountDownLatch(1);
    var busy =
        new Inbox(
            3,
            message -> {
              working.countDown();
              awaitQuietly(done);
              handled.add(text(message));
            });
    busy.take(1, Upstream.Text.whole("slow"), 0);
    busy.take(2, Upstream.Text.whole("next"), 0);
    var worker = new Thread(busy::release);
    worker.start();
    assertTrue(working.await(20, TimeUnit.SECONDS));
    assertNull(busy.freeze(1), "it is not done in time");

    done.countDown();
    assertEquals(1, busy.freeze(TimeUnit.SECONDS.toNanos(20)).size());
    worker.join();
    assertEquals(List.of("slow"), handled);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsHalfHereOrClosingGoesOnNowhere() throws Exception {
    var halfTaken = new Inbox(3, message -> {});
    halfTaken.take(1, new Upstream.Text("half", 4, Upstream.Part.MORE), 0);
    assertNull(halfTaken.freeze(0));

    var started = new Inbox(3, message -> {});
    started.release();
    started.take(1, new Upstream.Text("half", 4, Upstream.Part.MORE), 0);
    started.handleNext();
    started.take(2, Upstream.Text.whole("other half"), 0);
    assertNull(started.freeze(0));

    var closing = new Inbox(3, message -> {});
    closing.take(1, new Upstream.Close(null), 0);
    assertNull(closing.freeze(0));
  }
}
