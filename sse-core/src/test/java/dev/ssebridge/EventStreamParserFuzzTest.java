package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/** Any bytes, in any pieces: never an exception, always what the reference says. */
class EventStreamParserFuzzTest {
  @FuzzTest(maxDuration = "15s")
  void parserAgreesWithTheReference(byte[] input) {
    for (int limit : new int[] {5, 40, 1 << 20}) {
      Transcript expected = ReferenceParser.parse(input, limit);
      // Every cut of a long input would cost the fuzzer its speed; a long one has them all in it.
      if (input.length <= 64) {
        Transcript.forEveryCut(input, pieces -> check(expected, limit, pieces));
      } else {
        check(expected, limit, List.of(input));
        for (int size : new int[] {1, 2, 3, 17}) {
          check(expected, limit, Transcript.pieces(input, size));
        }
      }
    }
  }

  private static void check(Transcript expected, int limit, Iterable<byte[]> pieces) {
    assertEquals(expected, Transcript.of(new EventStreamParser(limit), pieces));
  }
}
