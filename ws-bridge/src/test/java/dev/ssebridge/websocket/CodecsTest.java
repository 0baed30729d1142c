package dev.ssebridge.websocket;

import static dev.ssebridge.websocket.Coders.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.Coders.Order;
import dev.ssebridge.websocket.Coders.RushOrder;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecsTest {
  @BeforeEach
  void forget() {
    Coders.seen.clear();
  }

  private static Codecs codecs(Class<?>... coders) throws DeploymentException {
    List<Class<? extends Encoder>> encoders = new ArrayList<>();
    List<Class<? extends Decoder>> decoders = new ArrayList<>();
    for (Class<?> each : coders) {
      boolean text = Encoder.Text.class.isAssignableFrom(each);
      boolean writer = Encoder.TextStream.class.isAssignableFrom(each);
      boolean binary = Encoder.Binary.class.isAssignableFrom(each);
      boolean stream = Encoder.BinaryStream.class.isAssignableFrom(each);
      if (text || writer || binary || stream) {
        encoders.add(each.asSubclass(Encoder.class));
      }
      if (Decoder.Text.class.isAssignableFrom(each)
          || Decoder.TextStream.class.isAssignableFrom(each)
          || Decoder.Binary.class.isAssignableFrom(each)
          || Decoder.BinaryStream.class.isAssignableFrom(each)) {
        decoders.add(each.asSubclass(Decoder.class));
      }
    }
    return Codecs.of(TestSession.config(Object.class, "/", encoders, decoders));
  }

  private static SessionCodecs open(Class<?>... coders) throws Exception {
    return SessionCodecs.open(codecs(coders), null, EndpointInstances.CONFIGURATOR);
  }

  private static String encoded(Object object, Class<?>... coders) throws Exception {
    Encoded encoded = open(coders).encode(object);
    return encoded instanceof Encoded.Text text
        ? text.text()
        : "binary " + Coders.text(((Encoded.Binary) encoded).bytes());
  }

  @Nested
  class Deployment {
    @ParameterizedTest
    @ValueSource(
        classes = {
          Coders.AbstractCoder.class,
          Coders.NeedsArgument.class,
          Coders.PrivateConstructor.class,
          Coders.NotPublic.class,
          Coders.NoRole.class,
          Coders.RawCoder.class,
        })
    void refusesDecodersThatCannotBeUsed(Class<? extends Decoder> decoder) {
      var config = TestSession.config(Object.class, "/", List.of(), List.of(decoder));
      DeploymentException refused =
          assertThrows(DeploymentException.class, () -> Codecs.of(config));
      assertTrue(refused.getMessage().startsWith("The decoder " + decoder.getName() + " "));
    }

    @ParameterizedTest
    @ValueSource(
        classes = {
          Coders.AbstractCoder.class,
          Coders.NeedsArgument.class,
          Coders.NoRole.class,
          Coders.FreeType.class,
          Encoder.Text.class,
        })
    void refusesEncodersThatCannotBeUsed(Class<? extends Encoder> encoder) {
      var config = TestSession.config(Object.class, "/", List.of(encoder), List.of());
      DeploymentException refused =
          assertThrows(DeploymentException.class, () -> Codecs.of(config));
      assertTrue(refused.getMessage().startsWith("The encoder " + encoder.getName() + " "));
    }

    @Test
    void makesNoInstances() throws Exception {
      codecs(Coders.OrderFromText.class, Coders.OrderToText.class, Coders.ConstructorFails.class);
      assertEquals(List.of(), Coders.seen);
    }

    static Stream<Arguments> kinds() {
      Set<MessageKind> text = Set.of(MessageKind.TEXT);
      Set<MessageKind> binary = Set.of(MessageKind.BINARY);
      return Stream.of(
          Arguments.of(Order.class, Coders.OrderFromText.class, text),
          Arguments.of(Order.class, Coders.OrderFromReader.class, text),
          Arguments.of(Order.class, Coders.OrderFromBytes.class, binary),
          Arguments.of(Order.class, Coders.OrderFromStream.class, binary),
          Arguments.of(Order.class, Coders.JsonOrder.class, text),
          Arguments.of(
              Order.class, Coders.Everything.class, Set.of(MessageKind.TEXT, MessageKind.BINARY)),
          Arguments.of(RushOrder.class, Coders.OrderFromText.class, text),
          Arguments.of(Order.class, Coders.RushOrderFromText.class, Set.of()),
          Arguments.of(Object.class, Coders.OrderFromText.class, Set.of()),
          Arguments.of(Order.class, Coders.OrderToText.class, Set.of()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void knowsFromWhichMessagesATypeComes(Class<?> type, Class<?> coder, Set<MessageKind> kinds)
        throws Exception {
      assertEquals(kinds, codecs(coder).decodable(type));
    }
  }

  @Nested
  class Life {
    @Test
    void eachClassHasOneInstanceInitialisedInOrderAndDestroyedInReverse() throws Exception {
      SessionCodecs codecs =
          open(
              Coders.OrderToText.class,
              Coders.IntegerToText.class,
              Coders.OrderFromText.class,
              Coders.OrderFromBytes.class);
      assertEquals(
          List.of(
              "init OrderToText",
              "init IntegerToText",
              "init OrderFromText",
              "init OrderFromBytes"),
          Coders.seen);
      codecs.encode(new Order("a"));
      codecs.encode(new Order("b"));
      Coders.seen.clear();
      codecs.close();
      assertEquals(
          List.of(
              "destroy OrderFromBytes",
              "destroy OrderFromText",
              "destroy IntegerToText",
              "destroy OrderToText"),
          Coders.seen);
    }

    @Test
    void aClassOfManyRolesHasOneInstanceAsEncoderAndOneAsDecoder() throws Exception {
      open(Coders.Everything.class).close();
      assertEquals(
          List.of("init Everything", "init Everything", "destroy Everything", "destroy Everything"),
          Coders.seen);
    }

    @Test
    void whenOneFailsThoseBeforeItAreDestroyed() throws Exception {
      assertThrows(
          IllegalStateException.class,
          () -> open(Coders.OrderToText.class, Coders.OrderFromText.class, Coders.InitFails.class));
      assertEquals(
          List.of(
              "init OrderToText",
              "init OrderFromText",
              "init InitFails",
              "destroy OrderFromText",
              "destroy OrderToText"),
          Coders.seen);
    }

    @Test
    void aConstructorThatFailsIsTheCause() {
      InstantiationException failed =
          assertThrows(InstantiationException.class, () -> open(Coders.ConstructorFails.class));
      assertEquals("constructor failed", failed.getCause().getMessage());
    }

    @Test
    void oneThatCannotBeDestroyedDoesNotKeepTheOthers() throws Exception {
      open(Coders.OrderFromText.class, Coders.DestroyFails.class).close();
      assertEquals(
          List.of("destroy DestroyFails", "destroy OrderFromText"),
          Coders.seen.subList(2, Coders.seen.size()));
    }

    @Test
    void instancesComeFromAndGoBackToTheContainer() throws Exception {
      List<Object> released = new ArrayList<>();
      Coders.OrderToText mine = new Coders.OrderToText();
      EndpointInstances instances =
          new EndpointInstances() {
            @Override
            public Object endpoint(jakarta.websocket.server.ServerEndpointConfig config) {
              throw new AssertionError();
            }

            @Override
            public <T> T coder(Class<T> type) {
              return type.cast(mine);
            }

            @Override
            public void release(Object instance) {
              released.add(instance);
            }
          };
      SessionCodecs.open(codecs(Coders.OrderToText.class), null, instances).close();
      assertEquals(List.of(mine), released);
    }
  }

  @Nested
  class Encoding {
    static Stream<Arguments> plain() {
      return Stream.of(
          Arguments.of("text", "text"),
          Arguments.of("", ""),
          Arguments.of(true, "true"),
          Arguments.of((byte) -1, "-1"),
          Arguments.of((short) 2, "2"),
          Arguments.of(3, "3"),
          Arguments.of(4L, "4"),
          Arguments.of(1.5f, "1.5"),
          Arguments.of(1e100, "1.0E100"),
          Arguments.of('c', "c"),
          Arguments.of(new byte[] {'a'}, "binary a"),
          Arguments.of(bytes("bc"), "binary bc"),
          Arguments.of(ByteBuffer.allocateDirect(1), "binary \0"));
    }

    @ParameterizedTest
    @MethodSource("plain")
    void plainObjectsNeedNoEncoder(Object object, String expected) throws Exception {
      assertEquals(expected, encoded(object));
      assertEquals(expected, encoded(object, Coders.OrderToText.class));
    }

    static Stream<Arguments> coders() {
      return Stream.of(
          Arguments.of(Coders.OrderToText.class, "T(Order:a)"),
          Arguments.of(Coders.OrderToWriter.class, "W(Order:a)"),
          Arguments.of(Coders.OrderToBytes.class, "binary B(Order:a)"),
          Arguments.of(Coders.OrderToStream.class, "binary S(Order:a)"),
          Arguments.of(Coders.Everything.class, "every Order:a"));
    }

    @ParameterizedTest
    @MethodSource("coders")
    void anObjectIsEncodedByItsEncoder(Class<?> encoder, String expected) throws Exception {
      assertEquals(expected, encoded(new Order("a"), encoder));
    }

    @Test
    void theFirstEncoderThatTakesTheObjectIsUsed() throws Exception {
      Order rush = new RushOrder("a");
      assertEquals("T(RushOrder:a)", encoded(rush, Coders.OrderToText.class));
      assertEquals(
          "T(RushOrder:a)", encoded(rush, Coders.OrderToText.class, Coders.RushOrderToText.class));
      assertEquals(
          "R(RushOrder:a)", encoded(rush, Coders.RushOrderToText.class, Coders.OrderToText.class));
      assertEquals(
          "binary S(RushOrder:a)",
          encoded(rush, Coders.OrderToStream.class, Coders.OrderToText.class));
      assertEquals(
          "T(Order:a)",
          encoded(new Order("a"), Coders.RushOrderToText.class, Coders.OrderToText.class));
    }

    @Test
    void anEncoderReplacesTheFormOfPlainObjects() throws Exception {
      assertEquals("E(a)", encoded("a", Coders.StringToText.class));
      assertEquals("I(5)", encoded(5, Coders.IntegerToText.class));
      assertEquals("5", encoded(5L, Coders.IntegerToText.class));
    }

    @Test
    void withoutAnEncoderTheObjectIsNamed() {
      for (Object object :
          List.of(new Order("a"), new StringBuilder("a"), new int[0], List.of("a"))) {
        EncodeException refused = assertThrows(EncodeException.class, () -> encoded(object));
        assertSame(object, refused.getObject());
        assertTrue(refused.getMessage().contains(object.getClass().getName()));
      }
      assertThrows(
          EncodeException.class, () -> encoded(new Order("a"), Coders.RushOrderToText.class));
    }

    @Test
    void whatAnEncoderThrowsReachesTheSender() {
      Class<?> coder = Coders.OrderToText.class;
      assertEquals(
          "refused",
          assertThrows(EncodeException.class, () -> encoded(new Order("refuse"), coder))
              .getMessage());
      assertThrows(IllegalStateException.class, () -> encoded(new Order("fail"), coder));
      assertThrows(IOException.class, () -> encoded(new Order("fail"), Coders.OrderToWriter.class));
    }

    /** Meets itself in another thread, if it is ever in two. */
    public static class Meeting extends Coders.Life implements Encoder.Text<Order> {
      static final CyclicBarrier both = new CyclicBarrier(2);
      private final AtomicInteger inside = new AtomicInteger();

      @Override
      public String encode(Order order) throws EncodeException {
        try {
          if (order.text.equals("meet")) {
            both.await(10, TimeUnit.SECONDS); // both threads are inside an encoder now
            int here = inside.incrementAndGet();
            both.await(10, TimeUnit.SECONDS);
            return "alone " + (here == 1 && inside.get() == 1);
          }
          return "idle";
        } catch (Exception e) {
          throw new EncodeException(order, "interrupted", e);
        } finally {
          inside.set(0);
        }
      }
    }

    @Test
    void noTwoThreadsAreInOneEncoder() throws Exception {
      SessionCodecs codecs = open(Meeting.class);
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        Callable<Encoded> encode = () -> codecs.encode(new Order("meet"));
        for (Future<Encoded> each : threads.invokeAll(List.of(encode, encode))) {
          assertEquals(new Encoded.Text("alone true"), each.get());
        }
      } finally {
        threads.shutdownNow();
      }
      codecs.encode(new Order("later"));
      codecs.close();
      assertEquals(
          List.of("init Meeting", "init Meeting", "destroy Meeting", "destroy Meeting"),
          Coders.seen);
    }

    /** Closes its session's coders while it encodes. */
    public static class Closing extends Coders.Life implements Encoder.Text<Order> {
      static SessionCodecs codecs;

      @Override
      public String encode(Order order) {
        codecs.close();
        Coders.seen.add("encoded");
        return "closed";
      }
    }

    @Test
    void anEncoderInUseIsDestroyedAfterItsCall() throws Exception {
      Closing.codecs = open(Closing.class);
      Closing.codecs.encode(new Order("a"));
      assertEquals(List.of("init Closing", "encoded", "destroy Closing"), Coders.seen);
    }

    @Test
    void nullIsNoMessage() {
      assertThrows(IllegalArgumentException.class, () -> encoded(null));
      assertThrows(
          EncodeException.class, () -> encoded(new Order("null"), Coders.OrderToText.class));
      assertThrows(
          EncodeException.class, () -> encoded(new Order("null"), Coders.OrderToBytes.class));
    }
  }

  @Nested
  class Decoding {
    static Stream<Arguments> texts() {
      return Stream.of(
          Arguments.of("a", List.of(Coders.OrderFromText.class), "Order:a"),
          Arguments.of("a", List.of(Coders.OrderFromReader.class), "Order:reader a"),
          Arguments.of("a", List.of(Coders.JsonOrder.class), "Order:json a"),
          Arguments.of("a", List.of(Coders.Everything.class), "Order:every a"),
          Arguments.of(
              "1", List.of(Coders.OrderFrom1.class, Coders.OrderFromText.class), "Order:one"),
          Arguments.of(
              "2", List.of(Coders.OrderFrom1.class, Coders.OrderFromText.class), "Order:2"),
          Arguments.of(
              "no",
              List.of(Coders.OrderFromText.class, Coders.OrderFromReader.class),
              "Order:reader no"),
          Arguments.of(
              "a",
              List.of(Coders.OrderFromReader.class, Coders.OrderFromText.class),
              "Order:reader a"),
          Arguments.of(
              "a", List.of(Coders.RushOrderFromText.class, Coders.OrderFromText.class), "Order:a"),
          Arguments.of(
              "a", List.of(Coders.ObjectFromText.class, Coders.OrderFromText.class), "Order:a"),
          Arguments.of("a", List.of(Coders.ObjectFromText.class), "Order:object a"),
          Arguments.of("null", List.of(Coders.OrderFromText.class), "null"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void theFirstDecoderOfTheTypeThatWillIsUsed(
        String text, List<Class<?>> decoders, String expected) throws Exception {
      SessionCodecs codecs = open(decoders.toArray(Class<?>[]::new));
      assertEquals(expected, String.valueOf(codecs.decode(Order.class, text)));
    }

    static Stream<Arguments> binaries() {
      return Stream.of(
          Arguments.of("a", List.of(Coders.OrderFromBytes.class), "Order:a"),
          Arguments.of("abc", List.of(Coders.OrderFromStream.class), "Order:stream abc"),
          Arguments.of("abc", List.of(Coders.Everything.class), "Order:every 3"),
          Arguments.of(
              "no",
              List.of(Coders.OrderFromBytes.class, Coders.OrderFromStream.class),
              "Order:stream no"),
          Arguments.of(
              "abc",
              List.of(Coders.OrderFromText.class, Coders.OrderFromBytes.class),
              "Order:abc"));
    }

    @ParameterizedTest
    @MethodSource("binaries")
    void binaryMessagesAreDecodedWhole(String message, List<Class<?>> decoders, String expected)
        throws Exception {
      ByteBuffer bytes = bytes(message);
      SessionCodecs codecs = open(decoders.toArray(Class<?>[]::new));
      assertEquals(expected, String.valueOf(codecs.decode(Order.class, bytes)));
      assertEquals(message.length(), bytes.remaining());
    }

    @Test
    void whenNoDecoderWillTheMessageIsInTheException() throws Exception {
      SessionCodecs codecs = open(Coders.OrderFromText.class, Coders.OrderFromBytes.class);
      DecodeException text =
          assertThrows(DecodeException.class, () -> codecs.decode(Order.class, "no"));
      assertEquals("no", text.getText());
      ByteBuffer bytes = bytes("no");
      DecodeException binary =
          assertThrows(DecodeException.class, () -> codecs.decode(Order.class, bytes));
      assertSame(bytes, binary.getBytes());
    }

    @Test
    void aWiderDecoderMustMakeWhatIsWanted() throws Exception {
      SessionCodecs codecs = open(Coders.OrderFromText.class);
      assertInstanceOf(RushOrder.class, codecs.decode(RushOrder.class, "rush"));
      assertThrows(DecodeException.class, () -> codecs.decode(RushOrder.class, "a"));
      assertNull(codecs.decode(RushOrder.class, "null"));
    }

    @Test
    void whatADecoderThrowsIsNotWrapped() throws Exception {
      SessionCodecs codecs = open(Coders.OrderFromText.class);
      assertEquals(
          "refused",
          assertThrows(DecodeException.class, () -> codecs.decode(Order.class, "refuse"))
              .getMessage());
      assertThrows(IllegalStateException.class, () -> codecs.decode(Order.class, "fail"));
      SessionCodecs stream = open(Coders.OrderFromReader.class);
      assertThrows(IOException.class, () -> stream.decode(Order.class, "fail"));
    }
  }
}
