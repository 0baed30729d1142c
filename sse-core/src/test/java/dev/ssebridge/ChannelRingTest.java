package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChannelRingTest {
  private static final Frame FRAME = FrameEncoder.frame(SseEvent.of("x"), null);

  private static List<Long> offsets(ChannelRing ring, long after) {
    List<Long> offsets = new ArrayList<>();
    ChannelRing.Place place = ring.after(after);
    while (place != null) {
      offsets.add(place.entry().offset());
      place = place.advance() ? place : null;
    }
    return offsets;
  }

  @Test
  void placesThatABurstHasNeededAreGivenBack() {
    var ring = new ChannelRing("a", 0);
    for (int i = 1; i <= 10_000; i++) {
      ring.add(i, FRAME, 0, null);
    }
    assertTrue(ring.capacity() >= 10_000);
    while (ring.size() > 5) {
      ring.evictOldest();
    }
    assertEquals(List.of(9996L, 9997L, 9998L, 9999L, 10000L), offsets(ring, 0));
    assertTrue(ring.capacity() <= 32, "capacity " + ring.capacity());
  }

  @Test
  void holesDoNotGrowTheRing() {
    var ring = new ChannelRing("a", 0);
    ring.add(1, FRAME, 0, null);
    for (int i = 2; i <= 10_000; i++) {
      ring.add(i, FRAME, 0, "key");
    }
    assertEquals(List.of(1L, 10_000L), offsets(ring, 0));
    assertEquals(2L * FRAME.length(), ring.bytes());
    assertTrue(ring.capacity() <= 8, "capacity " + ring.capacity());
  }

  @Test
  void whateverIsAddedReplacedAndEvictedTheRestIsInOrder() {
    var random = new Random(7);
    var ring = new ChannelRing("a", 0);
    var model = new ArrayDeque<long[]>(); // offset, key or -1
    long evicted = 0;
    for (long offset = 1; offset <= 20_000; offset++) {
      int key = random.nextInt(4) == 0 ? random.nextInt(20) : -1;
      if (key >= 0) {
        model.removeIf(one -> one[1] == key);
      }
      ring.add(offset, FRAME, offset, key < 0 ? null : "k" + key);
      model.add(new long[] {offset, key});
      int keep = random.nextInt(100) == 0 ? random.nextInt(5) : 60;
      while (ring.size() > keep) {
        evicted = model.remove()[0];
        assertEquals(evicted, ring.evictOldest());
      }
      assertEquals(evicted, ring.evicted());
      assertEquals(model.size(), ring.size());
      assertEquals((long) model.size() * FRAME.length(), ring.bytes());
      assertEquals(model.isEmpty() ? 0 : model.peek()[0], ring.oldestOffset());
      if (offset % 50 == 0) {
        long after = offset - random.nextInt(100);
        assertEquals(
            model.stream().map(one -> one[0]).filter(o -> o > after).toList(),
            offsets(ring, after));
      }
    }
  }
}
