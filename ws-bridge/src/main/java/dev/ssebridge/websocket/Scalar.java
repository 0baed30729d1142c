package dev.ssebridge.websocket;

import com.google.errorprone.annotations.Immutable;
import jakarta.websocket.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * The types that are written as plain text: the primitives and their boxes, and {@code String}.
 * They may be path parameters (Jakarta WebSocket 2.1 §4.3) and text messages.
 */
enum Scalar {
  STRING(String.class, String.class, text -> text),
  BOOLEAN(boolean.class, Boolean.class, Boolean::valueOf),
  BYTE(byte.class, Byte.class, Byte::valueOf),
  SHORT(short.class, Short.class, Short::valueOf),
  INT(int.class, Integer.class, Integer::valueOf),
  LONG(long.class, Long.class, Long::valueOf),
  FLOAT(float.class, Float.class, Float::valueOf),
  DOUBLE(double.class, Double.class, Double::valueOf),
  CHAR(char.class, Character.class, Scalar::oneCharacter);

  @Immutable
  private interface Parser {
    Object parse(String text);
  }

  private final Class<?> primitive;
  private final Class<?> boxed;
  private final Parser parser;

  Scalar(Class<?> primitive, Class<?> boxed, Parser parser) {
    this.primitive = primitive;
    this.boxed = boxed;
    this.parser = parser;
  }

  private static Object oneCharacter(String text) {
    if (text.length() != 1) {
      throw new IllegalArgumentException("not one character");
    }
    return text.charAt(0);
  }

  /** The scalar of a primitive, box or {@code String} type; null for any other type. */
  static @Nullable Scalar of(Class<?> type) {
    for (Scalar scalar : values()) {
      if (type == scalar.primitive || type == scalar.boxed) {
        return scalar;
      }
    }
    return null;
  }

  /** The box of this scalar, as a decoder or a caller of {@code sendObject} names it. */
  Class<?> boxed() {
    return boxed;
  }

  /**
   * Reads a value.
   *
   * @throws DecodeException if the text is not one of this type; its text is the whole input
   */
  Object parse(String text) throws DecodeException {
    try {
      return parser.parse(text);
    } catch (IllegalArgumentException e) {
      throw new DecodeException(text, "Not a " + boxed.getSimpleName() + ": " + text, e);
    }
  }
}
