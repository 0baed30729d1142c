package dev.ssebridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Any header value or query parameter: never an exception, and only the text of a cursor is one.
 */
class CursorFuzzTest {
  private static final Pattern CURSOR =
      Pattern.compile("([A-Za-z0-9._~-]{1,108})-(0|[1-9][0-9]*)", Pattern.DOTALL);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  @FuzzTest(maxDuration = "15s")
  void parseAgreesWithThePattern(byte[] input) {
    check(new String(input, ISO_8859_1)); // as a container hands over a header
    check(new String(input, UTF_8)); // as it hands over a parameter
  }

  private static void check(String text) {
    Optional<Cursor> cursor = Cursor.parse(text);

    assertEquals(expected(text), cursor);
    cursor.ifPresent(it -> assertEquals(text, it.toString()));
  }

  private static Optional<Cursor> expected(String text) {
    Matcher matcher = CURSOR.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    BigInteger offset = new BigInteger(matcher.group(2));
    return offset.compareTo(MOST) > 0
        ? Optional.empty()
        : Optional.of(new Cursor(matcher.group(1), offset.longValueExact()));
  }
}
