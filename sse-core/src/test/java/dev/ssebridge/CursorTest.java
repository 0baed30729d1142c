package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";

  @ParameterizedTest
  @CsvSource({
    "a-0, a, 0",
    "a-7, a, 7",
    "a-b-7, a-b, 7",
    "a--7, a-, 7",
    "--0, -, 0",
    "7-7, 7, 7",
    "._~-1, ._~, 1",
    "a-9223372036854775807, a, 9223372036854775807",
  })
  void textIsSplitAtItsLastDash(String text, String epoch, long offset) {
    assertEquals(Optional.of(new Cursor(epoch, offset)), Cursor.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "a",
        "a-",
        "-1",
        "1",
        "a-b",
        "a-1b",
        "a- 1",
        "a-1 ",
        " a-1",
        "a-+1",
        "a-01",
        "a-00",
        "a-1.0",
        "a-0x1",
        "a-9223372036854775808",
        "a-9999999999999999999",
        "a-18446744073709551616",
        "a-00000000000000000000",
        "a-\u0661", // an Arabic-Indic digit one
        "\u00e4-1",
        "a b-1",
        "a,b-1",
        "a/b-1",
        "a\0-1",
        "a\n-1",
        "a-1\n",
        "\ud800-1",
        "null",
      })
  void whatIsNotExactlyTheTextOfCursorIsEmpty(String text) {
    assertEquals(Optional.empty(), Cursor.parse(text));
  }

  @Test
  void longestCursorHas128Characters() {
    Cursor longest = new Cursor("e".repeat(Cursor.MAX_EPOCH_LENGTH), Long.MAX_VALUE);

    assertEquals(128, longest.toString().length());
    assertEquals(Optional.of(longest), Cursor.parse(longest.toString()));
    assertEquals(Optional.empty(), Cursor.parse("e" + longest));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\r", "a\n", "a\0", "\u00e4", "a/b", "a,b", "a=b"})
  void epochOutsideItsAlphabetIsRefusedAtBirth(String epoch) {
    assertThrows(IllegalArgumentException.class, () -> new Cursor(epoch, 0));
  }

  @Test
  void epochOverItsLengthIsRefusedAtBirth() {
    String epoch = "e".repeat(Cursor.MAX_EPOCH_LENGTH + 1);

    assertThrows(IllegalArgumentException.class, () -> new Cursor(epoch, 0));
  }

  @Test
  void negativeOffsetIsRefusedAtBirth() {
    assertThrows(IllegalArgumentException.class, () -> new Cursor("a", -1));
  }

  @Property
  void everyCursorComesBackFromItsText(
      @ForAll("epochs") String epoch, @ForAll @LongRange(min = 0) long offset) {
    Cursor cursor = new Cursor(epoch, offset);

    assertEquals(Optional.of(cursor), Cursor.parse(cursor.toString()));
  }

  /** A browser sends it across origins without a preflight: Fetch §2.2.2. */
  @Property
  void everyTextIsShortAndOfSafeCharacters(
      @ForAll("epochs") String epoch, @ForAll @LongRange(min = 0) long offset) {
    String text = new Cursor(epoch, offset).toString();

    assertTrue(text.length() <= 128, text);
    assertTrue(text.chars().allMatch(c -> ALPHABET.indexOf(c) >= 0), text);
  }

  @Property
  void noTextMakesParseThrowAndNoTwoTextsAreOneCursor(@ForAll("nearlyCursors") String text) {
    Cursor.parse(text).ifPresent(cursor -> assertEquals(text, cursor.toString()));
  }

  @Property
  void noStringMakesParseThrow(@ForAll String text) {
    Cursor.parse(text).ifPresent(cursor -> assertEquals(text, cursor.toString()));
  }

  @Provide
  Arbitrary<String> epochs() {
    return Arbitraries.strings()
        .withChars(ALPHABET.toCharArray())
        .ofMinLength(1)
        .ofMaxLength(Cursor.MAX_EPOCH_LENGTH);
  }

  @Provide
  Arbitrary<String> nearlyCursors() {
    return Arbitraries.strings().withChars("aZ09-._~ +\r\n\0\u00e4".toCharArray()).ofMaxLength(40);
  }
}
