package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.websocket.DecodeException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ScalarTest {
  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(String.class, "", ""),
        Arguments.of(boolean.class, "true", true),
        Arguments.of(Boolean.class, "TRUE", true),
        Arguments.of(boolean.class, "yes", false),
        Arguments.of(byte.class, "-128", (byte) -128),
        Arguments.of(Short.class, "+7", (short) 7),
        Arguments.of(int.class, "2147483647", Integer.MAX_VALUE),
        Arguments.of(Long.class, "-9", -9L),
        Arguments.of(float.class, "1.5", 1.5f),
        Arguments.of(Double.class, "1e100", 1e100),
        Arguments.of(char.class, "ü", 'ü'));
  }

  @ParameterizedTest
  @MethodSource("values")
  void parses(Class<?> type, String text, Object value) throws Exception {
    assertEquals(value, Scalar.of(type).parse(text));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(byte.class, "128"),
        Arguments.of(short.class, ""),
        Arguments.of(int.class, " 5"),
        Arguments.of(Integer.class, "2147483648"),
        Arguments.of(long.class, "1L"),
        Arguments.of(double.class, "one"),
        Arguments.of(char.class, ""),
        Arguments.of(Character.class, "ab"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsNoneIsADecodeExceptionWithTheText(Class<?> type, String text) {
    DecodeException refused =
        assertThrows(DecodeException.class, () -> Scalar.of(type).parse(text));
    assertEquals(text, refused.getText());
  }

  @Test
  void otherTypesAreNoScalars() {
    assertNull(Scalar.of(Object.class));
    assertNull(Scalar.of(void.class));
    assertNull(Scalar.of(CharSequence.class));
    assertNull(Scalar.of(Number.class));
  }

  @Test
  void aPrimitiveAndItsBoxAreOneScalar() {
    assertSame(Scalar.of(int.class), Scalar.of(Integer.class));
    assertEquals(Integer.class, Scalar.of(int.class).boxed());
  }
}
