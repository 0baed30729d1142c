package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import jakarta.websocket.MessageHandler.Whole;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TypeArgumentsTest {
  abstract static class Direct implements Whole<String> {}

  abstract static class Below extends Direct {}

  abstract static class Generic<T> implements Whole<T> {}

  abstract static class OfInteger extends Generic<Integer> {}

  abstract static class Bounded<T extends Number> implements Whole<T> {}

  abstract static class OfParameterized extends Generic<Map<String, List<Integer>>> {}

  abstract static class OfArray extends Generic<byte[]> {}

  abstract static class ArrayOf<T> implements Whole<T[]> {}

  abstract static class OfGenericArray extends ArrayOf<String> {}

  abstract static class OfListArray extends Generic<List<String>[]> {}

  interface Second<A, B> extends Whole<B> {}

  abstract static class OfSecond implements Second<Integer, String> {}

  abstract static class Swapped<A, B> implements Second<B, A> {}

  abstract static class OfSwapped extends Swapped<Long, String> {}

  abstract static class Chain<A extends B, B extends CharSequence> implements Whole<A> {}

  abstract static class Recursive<T extends Comparable<T>> implements Whole<T> {}

  @SuppressWarnings("rawtypes")
  abstract static class Raw implements Whole {}

  @SuppressWarnings("rawtypes")
  abstract static class RawBelow extends Generic {}

  static Stream<Arguments> known() {
    return Stream.of(
        Arguments.of(Direct.class, String.class),
        Arguments.of(Below.class, String.class),
        Arguments.of(OfInteger.class, Integer.class),
        Arguments.of(Bounded.class, Number.class),
        Arguments.of(OfParameterized.class, Map.class),
        Arguments.of(OfArray.class, byte[].class),
        Arguments.of(OfGenericArray.class, String[].class),
        Arguments.of(OfListArray.class, List[].class),
        Arguments.of(OfSecond.class, String.class),
        Arguments.of(OfSwapped.class, Long.class),
        Arguments.of(Chain.class, CharSequence.class),
        Arguments.of(Recursive.class, Comparable.class));
  }

  @ParameterizedTest
  @MethodSource("known")
  void areFoundThroughInheritance(Class<?> type, Class<?> expected) {
    assertEquals(expected, TypeArguments.of(type).argumentOf(Whole.class));
  }

  @Test
  void areUnknownWhereTheClassDoesNotTell() {
    Whole<String> lambda = text -> {};
    for (Class<?> type : List.of(Generic.class, Raw.class, RawBelow.class, lambda.getClass())) {
      assertNull(TypeArguments.of(type).argumentOf(Whole.class), type.getName());
    }
    assertNull(TypeArguments.of(Object.class).argumentOf(Whole.class));
  }

  @Test
  void anAnonymousSubclassTells() {
    assertEquals(
        String.class,
        TypeArguments.of(
                new Generic<String>() {
                  @Override
                  public void onMessage(String message) {}
                }.getClass())
            .argumentOf(Whole.class));
  }
}
