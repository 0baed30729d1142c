package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageSizeTest {
  @ParameterizedTest
  @CsvSource({"'', 0", "a, 1", "ü, 2", "€, 3", "\uD83D\uDE00, 4", "a\uD83D\uDE00€ü, 10"})
  void isTheLengthInUtf8(String text, long bytes) {
    assertEquals(bytes, MessageSize.of(text));
  }

  @Test
  void aLoneSurrogateCountsAsItsReplacement() {
    assertEquals(3, MessageSize.of("\uD83D"));
    assertEquals(4, MessageSize.of("\uDE00a"));
    assertEquals(6, MessageSize.of("\uDE00\uD83D"));
    assertEquals(7, MessageSize.of("\uD83D\uD83D\uDE00"));
  }

  @Test
  void anyTextHasTheSizeOfItsBytes() {
    Random random = new Random(7);
    for (int run = 0; run < 500; run++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(20); i > 0; i--) {
        int point = random.nextInt(0x10FFFF);
        text.appendCodePoint(point >= 0xD800 && point < 0xE000 ? 'x' : point);
      }
      int bytes = text.toString().getBytes(StandardCharsets.UTF_8).length;
      assertEquals(bytes, MessageSize.of(text.toString()));
      assertEquals(true, MessageSize.exceeds(text.toString(), bytes - 1));
      assertEquals(false, MessageSize.exceeds(text.toString(), bytes));
    }
  }

  @Test
  void nothingExceedsNoLimit() {
    assertEquals(false, MessageSize.exceeds("a", Long.MAX_VALUE));
    assertEquals(true, MessageSize.exceeds("a", 0));
    assertEquals(false, MessageSize.exceeds("", 0));
  }
}
