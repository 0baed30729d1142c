package dev.ssebridge.websocket;

import static dev.ssebridge.websocket.Coders.bytes;
import static dev.ssebridge.websocket.Coders.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.ssebridge.websocket.Coders.Order;
import dev.ssebridge.websocket.MessageHandlers.Delivery;
import jakarta.websocket.DecodeException;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.MessageHandler.Partial;
import jakarta.websocket.MessageHandler.Whole;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageHandlersTest {
  private final List<String> seen = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final Session session = mock(Session.class);
  private MessageHandlers handlers = withDecoders();

  private MessageHandlers withDecoders(Class<?>... decoders) {
    try {
      Codecs codecs =
          Codecs.of(TestSession.config(Object.class, "/", List.of(), Coders.decoders(decoders)));
      SessionCodecs opened = SessionCodecs.open(codecs, null, EndpointInstances.CONFIGURATOR);
      return new MessageHandlers(session, opened, failures::add);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What a handler got, as text. */
  private static String show(Object message) {
    try {
      if (message instanceof Reader reader) {
        StringBuilder text = new StringBuilder("reader ");
        for (int c = reader.read(); c >= 0; c = reader.read()) {
          text.append((char) c);
        }
        return text.toString();
      }
      if (message instanceof InputStream stream) {
        return "stream " + new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (message instanceof byte[] array) {
      return "array " + new String(array, StandardCharsets.UTF_8);
    }
    if (message instanceof ByteBuffer buffer) {
      return "buffer " + text(buffer);
    }
    if (message instanceof PongMessage pong) {
      return "pong " + text(pong.getApplicationData());
    }
    return message + "";
  }

  private <T> Whole<T> whole() {
    return message -> seen.add(show(message));
  }

  private <T> Partial<T> partial() {
    return (part, last) -> seen.add(show(part) + (last ? " last" : " more"));
  }

  private void assertSeen(String... expected) {
    assertEquals(List.of(expected), seen);
    assertEquals(List.of(), failures);
  }

  // Handlers whose classes tell what they take.

  class OfString implements Whole<String> {
    @Override
    public void onMessage(String message) {
      seen.add(message);
    }
  }

  class Below extends OfString {}

  class Generic<T> implements Whole<T> {
    @Override
    public void onMessage(T message) {
      seen.add(show(message));
    }
  }

  class OfBytes extends Generic<byte[]> {}

  class OfOrder extends Generic<Order> {}

  class OfReader<R extends Reader> extends Generic<R> {}

  class OfParts implements Partial<String> {
    @Override
    public void onMessage(String part, boolean last) {
      seen.add(part + last);
    }
  }

  class TextAndParts implements Whole<String>, Partial<byte[]> {
    @Override
    public void onMessage(String message) {
      seen.add(message);
    }

    @Override
    public void onMessage(byte[] part, boolean last) {
      seen.add(show(part) + last);
    }
  }

  class TextBothWays implements Whole<String>, Partial<String> {
    @Override
    public void onMessage(String message) {}

    @Override
    public void onMessage(String part, boolean last) {}
  }

  class Neither implements MessageHandler {}

  @Nested
  class Adding {
    @Test
    void theClassOfAHandlerTellsWhatItTakes() {
      for (MessageHandler handler :
          List.of(new OfString(), new Below(), new Generic<String>() {}, new OfReader<>())) {
        handlers = withDecoders();
        handlers.add(handler);
        handlers.text("a");
      }
      assertSeen("a", "a", "a", "reader a");
    }

    @Test
    void anArrayTypeIsTold() {
      handlers.add(new OfBytes());
      handlers.binary(bytes("a"));
      assertSeen("array a");
    }

    @Test
    void aHandlerOfTwoKindsGetsBoth() {
      MessageHandler handler = new TextAndParts();
      handlers.add(handler);
      assertEquals(Set.of(handler), handlers.all());
      handlers.text("a");
      handlers.binary(bytes("b"));
      assertSeen("a", "array btrue");
      handlers.remove(handler);
      assertEquals(Set.of(), handlers.all());
    }

    @Test
    void whatAClassDoesNotTellIsRefused() {
      Whole<String> lambda = message -> {};
      for (MessageHandler handler :
          List.of(lambda, new Generic<String>(), new Neither(), new TextBothWays())) {
        assertThrows(IllegalStateException.class, () -> handlers.add(handler));
      }
      assertEquals(Set.of(), handlers.all());
    }

    @Test
    void withATypeALambdaWillDo() {
      handlers.add(String.class, (Whole<String>) seen::add);
      handlers.text("a");
      assertSeen("a");
    }

    @Test
    void nullIsRefused() {
      assertThrows(NullPointerException.class, () -> handlers.add(null));
      assertThrows(
          NullPointerException.class, () -> handlers.add(String.class, (Whole<String>) null));
      assertThrows(
          NullPointerException.class, () -> handlers.add(String.class, (Partial<String>) null));
    }

    @ParameterizedTest
    @ValueSource(
        classes = {Order.class, Object.class, CharSequence.class, StringBuilder.class, int[].class})
    void aTypeWithoutDecoderIsRefused(Class<?> type) {
      assertThrows(IllegalArgumentException.class, () -> handlers.add(type, whole()));
    }

    @ParameterizedTest
    @ValueSource(
        classes = {
          Reader.class,
          InputStream.class,
          PongMessage.class,
          Integer.class,
          Order.class,
          Object.class
        })
    void partsAreOnlyTextAndBytes(Class<?> type) {
      handlers = withDecoders(Coders.OrderFromText.class);
      assertThrows(IllegalArgumentException.class, () -> handlers.add(type, partial()));
    }

    @Test
    void thereIsOneHandlerForEachKind() {
      handlers.add(String.class, whole());
      handlers.add(ByteBuffer.class, partial());
      handlers.add(PongMessage.class, whole());
      for (Class<?> taken :
          List.of(
              String.class,
              Reader.class,
              int.class,
              ByteBuffer.class,
              byte[].class,
              InputStream.class,
              PongMessage.class)) {
        assertThrows(IllegalStateException.class, () -> handlers.add(taken, whole()));
      }
      assertThrows(IllegalStateException.class, () -> handlers.add(String.class, partial()));
      assertThrows(IllegalStateException.class, () -> handlers.add(byte[].class, partial()));
      assertThrows(IllegalStateException.class, () -> handlers.add(new OfString()));
      assertEquals(3, handlers.all().size());
    }

    @Test
    void aTypeWithDecodersOfBothKindsTakesBoth() {
      handlers = withDecoders(Coders.OrderFromText.class, Coders.OrderFromBytes.class);
      handlers.add(Order.class, whole());
      assertThrows(IllegalStateException.class, () -> handlers.add(String.class, whole()));
      assertThrows(IllegalStateException.class, () -> handlers.add(byte[].class, whole()));
      handlers.text("t");
      handlers.binary(bytes("b"));
      assertSeen("Order:t", "Order:b");
    }

    @Test
    void whenOneKindIsTakenNothingIsAdded() {
      handlers = withDecoders(Coders.OrderFromText.class, Coders.OrderFromBytes.class);
      handlers.add(byte[].class, whole());
      assertThrows(IllegalStateException.class, () -> handlers.add(Order.class, whole()));
      assertEquals(Delivery.UNHANDLED, handlers.text("t"));
    }

    @Test
    void ofManyThreadsThatAddOneWins() throws Exception {
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        for (int run = 0; run < 200; run++) {
          handlers = withDecoders();
          MessageHandlers target = handlers;
          Callable<Boolean> add =
              () -> {
                try {
                  target.add(new OfString());
                  return true;
                } catch (IllegalStateException e) {
                  return false;
                }
              };
          int won = 0;
          for (Future<Boolean> each : threads.invokeAll(Collections.nCopies(4, add))) {
            won += each.get() ? 1 : 0;
          }
          assertEquals(1, won);
          assertEquals(1, handlers.all().size());
        }
      } finally {
        threads.shutdownNow();
      }
    }

    @Test
    void oneObjectMayHandleSeveralKinds() {
      Whole<Object> handler = whole();
      handlers.add(cast(String.class), handler);
      handlers.add(cast(ByteBuffer.class), handler);
      assertEquals(Set.of(handler), handlers.all());
      handlers.remove(handler);
      assertEquals(Set.of(), handlers.all());
    }

    @SuppressWarnings("unchecked")
    private static Class<Object> cast(Class<?> type) {
      return (Class<Object>) type;
    }
  }

  @Nested
  class Removing {
    @Test
    void aRemovedHandlerGetsNothing() {
      OfString handler = new OfString();
      handlers.add(handler);
      handlers.remove(handler);
      assertEquals(Delivery.UNHANDLED, handlers.text("a"));
      assertSeen();
    }

    @Test
    void itsPlaceIsFree() {
      OfString handler = new OfString();
      handlers.add(handler);
      handlers.remove(handler);
      handlers.add(new OfParts());
      handlers.text("a");
      assertSeen("atrue");
    }

    @Test
    void unknownHandlersAreIgnored() {
      OfString handler = new OfString();
      handlers.add(handler);
      handlers.remove(new OfString());
      handlers.remove(null);
      assertEquals(Set.of(handler), handlers.all());
    }

    @Test
    void aHandlerMayReplaceItself() {
      handlers.add(
          String.class,
          new Whole<String>() {
            @Override
            public void onMessage(String message) {
              handlers.remove(this);
              handlers.add(new OfParts());
            }
          });
      handlers.text("a");
      handlers.text("b");
      assertSeen("btrue");
    }

    @Test
    void theSetOfHandlersIsASnapshot() {
      OfString handler = new OfString();
      handlers.add(handler);
      Set<MessageHandler> all = handlers.all();
      assertThrows(UnsupportedOperationException.class, all::clear);
      handlers.remove(handler);
      assertEquals(Set.of(handler), all);
    }
  }

  @Nested
  class WholeMessages {
    @Test
    void arriveInTheFormThatIsWanted() {
      for (Class<?> type :
          List.of(
              String.class,
              Reader.class,
              StringReader.class,
              int.class,
              Long.class,
              boolean.class,
              double.class)) {
        handlers = withDecoders();
        handlers.add(type, whole());
        assertEquals(Delivery.DELIVERED, handlers.text("7"));
      }
      for (Class<?> type :
          List.of(ByteBuffer.class, byte[].class, InputStream.class, ByteArrayInputStream.class)) {
        handlers = withDecoders();
        handlers.add(type, whole());
        assertEquals(Delivery.DELIVERED, handlers.binary(bytes("b")));
      }
      handlers.add(PongMessage.class, whole());
      assertEquals(Delivery.DELIVERED, handlers.pong(bytes("p")));
      assertSeen(
          "7",
          "reader 7",
          "reader 7",
          "7",
          "7",
          "false",
          "7.0",
          "buffer b",
          "array b",
          "stream b",
          "stream b",
          "pong p");
    }

    @Test
    void withoutAHandlerOfTheirKindAreDropped() {
      assertEquals(Delivery.UNHANDLED, handlers.text("a"));
      assertEquals(Delivery.UNHANDLED, handlers.binary(bytes("a")));
      assertEquals(Delivery.UNHANDLED, handlers.pong(bytes("a")));
      handlers.add(ByteBuffer.class, whole());
      assertEquals(Delivery.UNHANDLED, handlers.text("a"));
      assertSeen();
    }

    @Test
    void onlyTheRestOfABufferCounts() {
      handlers.add(byte[].class, whole());
      ByteBuffer buffer = bytes("abcd").position(1).limit(3);
      handlers.binary(buffer);
      assertSeen("array bc");
    }

    @Test
    void plainTypesAreNotDecodedEvenWithADecoderOfTheirs() {
      handlers = withDecoders(Coders.StringFromText.class);
      handlers.add(String.class, whole());
      handlers.text("a");
      assertSeen("a");
    }

    @Test
    void aDecoderReplacesTheReadingOfAPrimitive() {
      handlers = withDecoders(Coders.IntegerFromText.class);
      handlers.add(Integer.class, whole());
      handlers.text("abc");
      assertSeen("3");
    }

    @Test
    void aDecoderOfObjectsDoesNotTakeOverPrimitives() {
      handlers = withDecoders(Coders.ObjectFromText.class);
      handlers.add(int.class, whole());
      handlers.text("12");
      assertSeen("12");
    }

    @Test
    void aHandlerGetsTheNullThatItsDecoderMade() {
      handlers = withDecoders(Coders.OrderFromText.class);
      handlers.add(Order.class, whole());
      handlers.text("null");
      assertSeen("null");
    }

    @Test
    void toAHandlerOfPartsAreOneLastPart() {
      handlers.add(String.class, partial());
      handlers.add(byte[].class, partial());
      handlers.text("a");
      handlers.text("");
      handlers.binary(bytes("b"));
      assertSeen("a last", " last", "array b last");
    }

    @Test
    void largerThanTheSessionAllowsAreNotDelivered() {
      when(session.getMaxTextMessageBufferSize()).thenReturn(4);
      when(session.getMaxBinaryMessageBufferSize()).thenReturn(2);
      handlers.add(String.class, whole());
      handlers.add(InputStream.class, whole());
      assertEquals(Delivery.DELIVERED, handlers.text("abcd"));
      assertEquals(Delivery.DELIVERED, handlers.text("üü"));
      assertEquals(Delivery.TOO_BIG, handlers.text("abcde"));
      assertEquals(Delivery.TOO_BIG, handlers.text("üüa"));
      assertEquals(Delivery.DELIVERED, handlers.binary(bytes("ab")));
      assertEquals(Delivery.TOO_BIG, handlers.binary(bytes("abc")));
      assertSeen("abcd", "üü", "stream ab");
    }

    @Test
    void haveNoLimitForAHandlerOfParts() {
      when(session.getMaxTextMessageBufferSize()).thenReturn(1);
      handlers.add(String.class, partial());
      assertEquals(Delivery.DELIVERED, handlers.text("abc"));
      assertSeen("abc last");
    }

    @Test
    void theLimitIsAskedForEachMessage() {
      handlers.add(String.class, whole());
      when(session.getMaxTextMessageBufferSize()).thenReturn(1, 3, 0, -1);
      assertEquals(Delivery.TOO_BIG, handlers.text("abc"));
      assertEquals(Delivery.DELIVERED, handlers.text("abc"));
      assertEquals(Delivery.DELIVERED, handlers.text("abc"));
      assertEquals(Delivery.DELIVERED, handlers.text("abc"));
    }
  }

  @Nested
  class Failures {
    @Test
    void whatAHandlerThrowsIsReportedAsItIs() {
      IllegalStateException thrown = new IllegalStateException();
      handlers.add(
          String.class,
          (Whole<String>)
              message -> {
                throw thrown;
              });
      assertEquals(Delivery.DELIVERED, handlers.text("a"));
      assertSame(thrown, failures.get(0));
    }

    @Test
    void whatCannotBeDecodedIsReportedAndTheNextMessageArrives() {
      handlers = withDecoders(Coders.OrderFromText.class);
      handlers.add(Order.class, whole());
      for (String message : List.of("refuse", "no", "fail", "a")) {
        assertEquals(Delivery.DELIVERED, handlers.text(message));
      }
      assertInstanceOf(DecodeException.class, failures.get(0));
      assertInstanceOf(DecodeException.class, failures.get(1));
      assertInstanceOf(IllegalStateException.class, failures.get(2));
      assertEquals(List.of("Order:a"), seen);
    }

    @Test
    void aTextThatIsNoNumberIsADecodeException() {
      handlers.add(int.class, whole());
      handlers.text("x");
      assertEquals("x", assertInstanceOf(DecodeException.class, failures.get(0)).getText());
    }

    @Test
    void anErrorOfAHandlerIsReportedToo() {
      handlers.add(
          PongMessage.class,
          (Whole<PongMessage>)
              message -> {
                throw new StackOverflowError();
              });
      handlers.pong(bytes(""));
      assertInstanceOf(StackOverflowError.class, failures.get(0));
    }
  }

  @Nested
  class Parts {
    private void text(String... parts) {
      for (int i = 0; i < parts.length; i++) {
        handlers.textPart(parts[i], i == parts.length - 1);
      }
    }

    @Test
    void goToAHandlerOfPartsAsTheyCome() {
      handlers.add(String.class, partial());
      handlers.add(ByteBuffer.class, partial());
      text("a", "", "b", "");
      text("c");
      handlers.binaryPart(bytes("x"), false);
      handlers.binaryPart(bytes("y"), true);
      assertSeen("a more", " more", "b more", " last", "c last", "buffer x more", "buffer y last");
    }

    @Test
    void areJoinedForAHandlerOfWholeMessages() {
      handlers.add(String.class, whole());
      handlers.add(byte[].class, whole());
      text("a", "", "b", "");
      text("c");
      handlers.binaryPart(bytes("x"), false);
      handlers.binaryPart(bytes("y"), true);
      assertSeen("ab", "c", "array xy");
    }

    @Test
    void areJoinedForReadersAndDecoders() {
      handlers = withDecoders(Coders.OrderFromText.class);
      handlers.add(Order.class, whole());
      handlers.add(InputStream.class, whole());
      text("a", "b");
      handlers.binaryPart(bytes("x"), false);
      handlers.binaryPart(bytes("y"), true);
      assertSeen("Order:ab", "stream xy");
    }

    @Test
    void joinedKeepEveryCharacter() {
      handlers.add(String.class, whole());
      text("\uD83D\uDE00", "ü");
      assertSeen("\uD83D\uDE00ü");
    }

    @Test
    void joinedBeyondTheLimitAreLetGoAndSaidOnce() {
      when(session.getMaxTextMessageBufferSize()).thenReturn(5);
      handlers.add(String.class, whole());
      assertEquals(Delivery.DELIVERED, handlers.textPart("ab", false));
      assertEquals(Delivery.DELIVERED, handlers.textPart("üa", false));
      assertEquals(Delivery.TOO_BIG, handlers.textPart("c", false));
      assertEquals(Delivery.UNHANDLED, handlers.textPart("d", false));
      assertEquals(Delivery.UNHANDLED, handlers.textPart("e", true));
      assertEquals(Delivery.DELIVERED, handlers.textPart("f", true));
      assertSeen("f");
    }

    @Test
    void theLastPartCanBeTheOneTooMany() {
      when(session.getMaxBinaryMessageBufferSize()).thenReturn(2);
      handlers.add(byte[].class, whole());
      handlers.binaryPart(bytes("ab"), false);
      assertEquals(Delivery.TOO_BIG, handlers.binaryPart(bytes("c"), true));
      assertEquals(Delivery.DELIVERED, handlers.binaryPart(bytes("d"), true));
      assertSeen("array d");
    }

    @Test
    void withoutAHandlerTheWholeMessageIsDropped() {
      assertEquals(Delivery.UNHANDLED, handlers.textPart("a", false));
      handlers.add(String.class, partial());
      assertEquals(Delivery.UNHANDLED, handlers.textPart("b", true));
      handlers.textPart("c", true);
      assertSeen("c last");
    }

    @Test
    void aMessageStaysWithTheHandlerOfItsFirstPart() {
      OfParts first = new OfParts();
      handlers.add(first);
      handlers.textPart("a", false);
      handlers.remove(first);
      handlers.textPart("b", false);
      handlers.add(String.class, whole());
      handlers.textPart("c", true);
      handlers.textPart("d", true);
      assertSeen("afalse", "bfalse", "ctrue", "d");
    }

    @Test
    void aJoinedMessageStaysWithItsHandlerToo() {
      OfString first = new OfString();
      handlers.add(first);
      handlers.textPart("a", false);
      handlers.remove(first);
      handlers.add(String.class, partial());
      handlers.textPart("b", true);
      handlers.textPart("c", true);
      assertSeen("ab", "c last");
    }

    @Test
    void pongsMayComeBetween() {
      handlers.add(String.class, whole());
      handlers.add(PongMessage.class, whole());
      handlers.textPart("a", false);
      handlers.pong(bytes("p"));
      handlers.textPart("b", true);
      assertSeen("pong p", "ab");
    }

    @Test
    void aHandlerThatFailsAtOnePartGetsTheNext() {
      handlers.add(
          String.class,
          (Partial<String>)
              (part, last) -> {
                seen.add(part);
                throw new IllegalStateException();
              });
      text("a", "b");
      assertEquals(List.of("a", "b"), seen);
      assertTrue(failures.size() == 2);
    }
  }
}
