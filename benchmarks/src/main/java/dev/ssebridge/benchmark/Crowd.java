package dev.ssebridge.benchmark;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The clients of one server. */
final class Crowd {
  static final Crowd NONE = new Crowd(null);

  /** One client. */
  final class Member {
    final SelectionKey key;
    final EventCounter counter;
    final byte[] request;
    private boolean isCut;

    private Member(SelectionKey key, EventCounter counter, byte[] request) {
      this.key = key;
      this.counter = counter;
      this.request = request;
    }

    Crowd crowd() {
      return Crowd.this;
    }

    void received(byte[] bytes, int count) {
      boolean before = counter.open;
      counter.accept(bytes, 0, count);
      if (!before && counter.open) {
        connecting--;
        open++;
      }
    }

    void cut() {
      if (isCut) {
        return;
      }
      isCut = true;
      key.cancel();
      lost++;
      try {
        key.channel().close();
      } catch (IOException e) {
        // it is gone, as it should be
      }
    }
  }

  final EventCounter.Arrival arrival = new EventCounter.Arrival();
  final List<Member> clients = new ArrayList<>();
  private final @Nullable Progress progress;

  int wanted;
  int connecting;
  volatile int open;
  volatile int lost;
  private int stalled;
  private volatile long slowest;

  Crowd(@Nullable Progress progress) {
    this.progress = progress;
  }

  Member join(SelectionKey key, EventCounter counter, byte[] request) {
    var member = new Member(key, counter, request);
    clients.add(member);
    connecting++;
    return member;
  }

  /** Of the first clients nothing is expected any more. */
  void ignore(int count) {
    stalled = count;
  }

  /** On the load client's thread. */
  void tell() {
    long least = Long.MAX_VALUE;
    for (int i = stalled; i < clients.size(); i++) {
      least = Math.min(least, clients.get(i).counter.events);
    }
    if (least == Long.MAX_VALUE || clients.size() < wanted) {
      return;
    }
    slowest = least;
    if (progress != null) {
      progress.set(least);
    }
  }

  /** How many events the slowest client has, as of a moment ago. */
  long slowest() {
    return slowest;
  }

  /** Waits until every client is connected, on both sides. */
  void awaitOpen(LongSupplier server) {
    await("connected", () -> open, wanted);
    await("known to the server", server, wanted);
  }

  /** Waits until every client has so many events. */
  void awaitEvents(long count) {
    await("events", this::slowest, count);
  }

  private void await(String what, LongSupplier have, long want) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (have.getAsLong() < want) {
      if (lost > 0 || System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "%s: %d of %d, %d connections lost%s"
                .formatted(what, have.getAsLong(), want, lost, refusals()));
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  private String refusals() {
    return clients.stream()
        .filter(member -> !member.counter.refusal.isEmpty())
        .findFirst()
        .map(member -> "; " + member.counter.refusal)
        .orElse("");
  }

  /**
   * Makes sure that every client has exactly the events it should have.
   *
   * @throws IllegalStateException if one has not
   */
  void check(long count) {
    for (int i = stalled; i < clients.size(); i++) {
      EventCounter counter = clients.get(i).counter;
      if (counter.events != count || counter.broken > 0) {
        throw new IllegalStateException(
            "client %d has %d events of %d, %d of them out of order"
                .formatted(i, counter.events, count, counter.broken));
      }
    }
  }
}
