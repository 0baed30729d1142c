package dev.ssebridge.websocket;

import static dev.ssebridge.websocket.Coders.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.Coders.Order;
import dev.ssebridge.websocket.Coders.RushOrder;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DecodeException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnotatedEndpointTest {
  private final java.util.logging.Logger log =
      java.util.logging.Logger.getLogger(AnnotatedEndpoint.class.getName());

  @BeforeEach
  void expectErrors() {
    log.setUseParentHandlers(false);
  }

  @AfterEach
  void showErrors() {
    log.setUseParentHandlers(true);
  }

  /** What was called, in order. */
  public abstract static class Notes {
    final List<String> seen = new ArrayList<>();
    final List<Throwable> errors = new ArrayList<>();
  }

  /** Has an {@code @OnError}. */
  public abstract static class Guarded extends Notes {
    @OnError
    public void error(Throwable error) {
      seen.add("error " + error.getMessage());
      errors.add(error);
    }
  }

  public static class Chat extends Guarded {
    @OnOpen
    public void open(EndpointConfig config, @PathParam("room") String room, Session session) {
      seen.add("open " + room + " " + session + " " + (config != null));
    }

    @OnMessage
    public String text(@PathParam("room") String room, String text, @PathParam("n") int n) {
      if (text.equals("fail")) {
        throw new IllegalStateException("told to");
      }
      return room + n + text;
    }

    @OnClose
    public void close(CloseReason reason) {
      seen.add("close " + reason.getCloseCode().getCode());
    }
  }

  @Test
  void theFourAnnotatedMethodsAreCalled() throws Exception {
    TestSession session = new TestSession(Chat.class, "/rooms/{room}/{n}");
    session.parameters.put("room", "r");
    session.parameters.put("n", "7");
    Chat chat = session.open(Chat.class);
    session.handlers.text("hello");
    session.handlers.text("fail");
    session.close(CloseCodes.GOING_AWAY);
    assertEquals(List.of("open r session true", "error told to", "close 1001"), chat.seen);
    assertEquals(List.of("text r7hello"), session.sent);
    assertEquals(List.of(chat), session.released);
  }

  @Nested
  class Parameters {
    // Three parameters of @OnMessage in all orders, and more.

    public static class Orders extends Notes {
      @OnMessage
      public void text(Session session, @PathParam("x") String x, String text) {
        seen.add(session + x + text);
      }

      @OnMessage
      public void binary(byte[] bytes, @PathParam("x") String x, Session session) {
        seen.add(session + x + bytes.length);
      }

      @OnMessage
      public void pong(@PathParam("x") String x, PongMessage pong, Session session) {
        seen.add(session + x + pong.getApplicationData().remaining());
      }

      @OnOpen
      public void open(Session session, EndpointConfig config, @PathParam("x") char x) {
        seen.add(session + "" + x + (config != null));
      }

      @OnClose
      public void close(CloseReason reason, @PathParam("x") Character x, Session session) {
        seen.add(session + "" + x + reason.getCloseCode());
      }
    }

    @Test
    void mayStandInAnyOrder() throws Exception {
      TestSession session = new TestSession(Orders.class, "/{x}");
      session.parameters.put("x", "-");
      Orders endpoint = session.open(Orders.class);
      session.handlers.text("a");
      session.handlers.binary(bytes("bc"));
      session.handlers.pong(bytes("def"));
      session.close(CloseCodes.NORMAL_CLOSURE);
      assertEquals(
          List.of("session-true", "session-a", "session-2", "session-3", "session-NORMAL_CLOSURE"),
          endpoint.seen);
    }

    public static class LastFirst extends Notes {
      @OnMessage
      public void text(boolean last, Session session, String part, @PathParam("x") boolean x) {
        seen.add(part + last + x);
      }

      @OnMessage
      public void binary(ByteBuffer part, @PathParam("x") boolean x, boolean last) {
        seen.add(Coders.text(part) + last + x);
      }
    }

    @Test
    void theLastFlagMayStandAnywhereAndIsNotAPathParameter() throws Exception {
      TestSession session = new TestSession(LastFirst.class, "/{x}");
      session.parameters.put("x", "true");
      LastFirst endpoint = session.open(LastFirst.class);
      session.handlers.textPart("a", false);
      session.handlers.textPart("b", true);
      session.handlers.binaryPart(bytes("c"), false);
      session.handlers.binary(bytes("d"));
      assertEquals(List.of("afalsetrue", "btruetrue", "cfalsetrue", "dtruetrue"), endpoint.seen);
    }

    public static class AllScalars extends Notes {
      @OnOpen
      public void open(
          @PathParam("a") boolean a,
          @PathParam("b") Byte b,
          @PathParam("c") short c,
          @PathParam("d") Integer d,
          @PathParam("e") long e,
          @PathParam("f") Float f,
          @PathParam("g") double g,
          @PathParam("h") Character h,
          @PathParam("i") String i,
          @PathParam("d") String sameAgain) {
        seen.add(List.of(a, b, c, d, e, f, g, h, i, sameAgain).toString());
      }
    }

    @Test
    void thePathMayBeOfAnyScalar() throws Exception {
      TestSession session =
          new TestSession(AllScalars.class, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}");
      String[] values = {"true", "1", "2", "3", "4", "5.5", "6.5", "h", "i i"};
      for (int i = 0; i < values.length; i++) {
        session.parameters.put(String.valueOf((char) ('a' + i)), values[i]);
      }
      assertEquals(
          List.of("[true, 1, 2, 3, 4, 5.5, 6.5, h, i i, 3]"), session.open(AllScalars.class).seen);
    }

    public static class UnknownNames extends Notes {
      @OnOpen
      public void open(@PathParam("nope") String text, @PathParam("nope") Integer number) {
        seen.add(text + " " + number);
      }
    }

    @Test
    void aNameThatThePathDoesNotHaveIsNull() throws Exception {
      TestSession session = new TestSession(UnknownNames.class, "/{x}");
      assertEquals(List.of("null null"), session.open(UnknownNames.class).seen);
    }

    public static class Static extends Notes {
      static final List<String> called = new ArrayList<>();

      @OnMessage
      public static String text(String text) {
        called.add(text);
        return text;
      }
    }

    @Test
    void aStaticMethodIsCalledAsWell() throws Exception {
      TestSession session = new TestSession(Static.class);
      session.open(Static.class);
      session.handlers.text("a");
      assertEquals(List.of("a"), Static.called);
      assertEquals(List.of("text a"), session.sent);
    }

    public abstract static class Generic<T> extends Notes {
      @OnMessage
      public void on(T message, Session session) {
        seen.add("got " + message);
      }
    }

    public static class OfOrder extends Generic<Order> {}

    @Test
    void aGenericMethodGetsWhatTheSubclassSays() throws Exception {
      TestSession session =
          new TestSession(OfOrder.class, "/", List.of(), List.of(Coders.OrderFromText.class));
      OfOrder endpoint = session.open(OfOrder.class);
      session.handlers.text("a");
      assertEquals(List.of("got Order:a"), endpoint.seen);
    }
  }

  @Nested
  class Payloads {
    public static class Everything extends Guarded {
      @OnMessage
      public String text(Reader reader) throws IOException {
        StringWriter text = new StringWriter();
        reader.transferTo(text);
        return "reader " + text;
      }

      @OnMessage
      public byte[] binary(InputStream stream) throws IOException {
        return stream.readAllBytes();
      }

      @OnMessage
      public ByteBuffer pong(PongMessage pong) {
        return pong.getApplicationData();
      }
    }

    @Test
    void readersStreamsAndPongs() throws Exception {
      TestSession session = new TestSession(Everything.class);
      session.open(Everything.class);
      session.handlers.text("a");
      session.handlers.textPart("b", false);
      session.handlers.textPart("c", true);
      session.handlers.binary(bytes("d"));
      session.handlers.pong(bytes("e"));
      assertEquals(
          List.of("text reader a", "text reader bc", "binary 64", "binary 65"), session.sent);
    }

    public static class OfInt extends Guarded {
      @OnMessage
      public int on(int number) {
        return number + 1;
      }
    }

    public static class OfLong extends Guarded {
      @OnMessage
      public Long on(Long number) {
        return number + 1;
      }
    }

    public static class OfChar extends Guarded {
      @OnMessage
      public char on(char character) {
        return character;
      }
    }

    public static class OfBoolean extends Guarded {
      @OnMessage
      public boolean on(boolean flag) {
        return !flag;
      }
    }

    public static class OfDouble extends Guarded {
      @OnMessage
      public double on(Double number) {
        return number;
      }
    }

    static Stream<Arguments> scalars() {
      return Stream.of(
          Arguments.of(OfInt.class, "41", "object text 42"),
          Arguments.of(OfLong.class, "-1", "object text 0"),
          Arguments.of(OfChar.class, "ü", "object text ü"),
          Arguments.of(OfBoolean.class, "true", "object text false"),
          Arguments.of(OfDouble.class, "1e3", "object text 1000.0"));
    }

    @ParameterizedTest
    @MethodSource("scalars")
    void scalarsComeAndGoAsText(Class<?> type, String message, String sent) throws Exception {
      TestSession session = new TestSession(type);
      session.open(type);
      session.handlers.text(message);
      assertEquals(List.of(sent), session.sent);
    }

    @Test
    void aTextThatIsNoNumberIsADecodeExceptionForOnError() throws Exception {
      TestSession session = new TestSession(OfInt.class);
      OfInt endpoint = session.open(OfInt.class);
      session.handlers.text("x");
      session.handlers.text("1");
      assertInstanceOf(DecodeException.class, endpoint.errors.get(0));
      assertEquals(List.of("object text 2"), session.sent);
    }

    @Test
    void aDecoderReplacesTheReadingOfAnInt() throws Exception {
      TestSession session =
          new TestSession(OfInt.class, "/", List.of(), List.of(Coders.IntegerFromText.class));
      session.open(OfInt.class);
      session.handlers.text("abc");
      assertEquals(List.of("object text 4"), session.sent);
    }

    public static class OfOrder extends Guarded {
      @OnMessage
      public Order on(Order order) {
        seen.add("got " + order);
        return order;
      }
    }

    @Test
    void objectsAreDecodedAndEncoded() throws Exception {
      TestSession session =
          new TestSession(
              OfOrder.class,
              "/",
              List.of(Coders.OrderToText.class),
              List.of(Coders.OrderFromText.class, Coders.OrderFromBytes.class));
      OfOrder endpoint = session.open(OfOrder.class);
      session.handlers.text("a");
      session.handlers.binary(bytes("b"));
      session.handlers.text("null");
      assertEquals(List.of("got Order:a", "got Order:b", "got null"), endpoint.seen);
      assertEquals(List.of("object text T(Order:a)", "object text T(Order:b)"), session.sent);
    }

    @Test
    void whatCannotBeDecodedGoesToOnErrorAndTheSessionGoesOn() throws Exception {
      TestSession session =
          new TestSession(
              OfOrder.class,
              "/",
              List.of(Coders.OrderToText.class),
              List.of(Coders.OrderFromText.class));
      OfOrder endpoint = session.open(OfOrder.class);
      for (String message : List.of("refuse", "no", "fail", "a")) {
        session.handlers.text(message);
      }
      assertEquals("error refused", endpoint.seen.get(0));
      assertEquals("error failed", endpoint.seen.get(2));
      assertEquals("got Order:a", endpoint.seen.get(3));
      assertTrue(session.open);
    }
  }

  @Nested
  class Results {
    public static class Returns extends Guarded {
      @OnMessage
      public Object on(String text) {
        switch (text) {
          case "array":
            return new byte[] {1, 2};
          case "buffer":
            return ByteBuffer.wrap(new byte[] {3});
          case "number":
            return 5;
          case "order":
            return new Order("o");
          case "rush":
            return new RushOrder("r");
          case "builder":
            return new StringBuilder("b");
          case "null":
            return null;
          default:
            return text;
        }
      }
    }

    @Test
    void areSentByTheirOwnType() throws Exception {
      TestSession session =
          new TestSession(Returns.class, "/", List.of(Coders.OrderToBytes.class), List.of());
      session.open(Returns.class);
      for (String message : List.of("a", "", "array", "buffer", "number", "null", "rush")) {
        session.handlers.text(message);
      }
      assertEquals(
          List.of(
              "text a",
              "text ",
              "binary 0102",
              "binary 03",
              "object text 5",
              "object binary " + TestSession.hex(bytes("B(RushOrder:r)"))),
          session.sent);
    }

    @Test
    void textIsSentAsItIsEvenWithAnEncoderForIt() throws Exception {
      TestSession session =
          new TestSession(
              Returns.class,
              "/",
              List.of(Coders.StringToText.class, Coders.IntegerToText.class),
              List.of());
      session.open(Returns.class);
      session.handlers.text("a");
      session.handlers.text("number");
      assertEquals(List.of("text a", "object text I(5)"), session.sent);
    }

    @Test
    void withoutEncoderGoToOnErrorAndTheSessionGoesOn() throws Exception {
      TestSession session = new TestSession(Returns.class);
      Returns endpoint = session.open(Returns.class);
      session.handlers.text("builder");
      session.handlers.text("a");
      assertInstanceOf(EncodeException.class, endpoint.errors.get(0));
      assertEquals(List.of("text a"), session.sent);
    }

    @Test
    void thatCannotBeSentGoToOnError() throws Exception {
      TestSession session = new TestSession(Returns.class);
      Returns endpoint = session.open(Returns.class);
      session.broken = true;
      session.handlers.text("a");
      assertInstanceOf(IOException.class, endpoint.errors.get(0));
    }

    public static class PartsAnswered extends Guarded {
      @OnMessage
      public String on(String part, boolean last) {
        return last ? "done" : null;
      }
    }

    @Test
    void ofPartsAreSentToo() throws Exception {
      TestSession session = new TestSession(PartsAnswered.class);
      session.open(PartsAnswered.class);
      session.handlers.textPart("a", false);
      session.handlers.textPart("b", true);
      assertEquals(List.of("text done"), session.sent);
    }

    public static class OpenReturns extends Guarded {
      @OnOpen
      public String open() {
        return "ignored";
      }
    }

    @Test
    void ofOtherMethodsAreIgnored() throws Exception {
      TestSession session = new TestSession(OpenReturns.class);
      session.open(OpenReturns.class);
      assertEquals(List.of(), session.sent);
    }
  }

  @Nested
  class Errors {
    public static class Unguarded extends Notes {
      @OnOpen
      public void open(@PathParam("open") Integer number) {
        if (number != null && number < 0) {
          throw new IllegalArgumentException("open");
        }
      }

      @OnMessage
      public void text(String text, @PathParam("message") Integer number) throws Exception {
        seen.add(text);
        if (text.equals("fail")) {
          throw new IOException("message");
        }
      }

      @OnClose
      public void close(@PathParam("close") Integer number) throws Exception {
        seen.add("close");
        if (number != null && number < 0) {
          throw new IOException("close");
        }
      }
    }

    public static class WithOnError extends Unguarded {
      @OnError
      public void error(Throwable error, Session session, @PathParam("error") Integer number) {
        seen.add("error " + error.getClass().getSimpleName() + " " + session.isOpen());
        errors.add(error);
        if (number != null && number < 0) {
          throw new IllegalStateException("error");
        }
      }
    }

    private TestSession session;

    private <T extends Notes> T open(Class<T> type, String name, String value) throws Exception {
      session = new TestSession(type, "/{open}/{message}/{close}/{error}");
      session.parameters.put(name, value);
      return session.open(type);
    }

    @Test
    void ofAMessageReachOnErrorUnwrappedAndTheSessionGoesOn() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "open", "1");
      session.handlers.text("fail");
      session.handlers.text("a");
      assertEquals(List.of("fail", "error IOException true", "a"), endpoint.seen);
      assertEquals("message", endpoint.errors.get(0).getMessage());
      assertTrue(session.open);
    }

    @Test
    void ofAMessageWithoutOnErrorCloseWith1011() throws Exception {
      Unguarded endpoint = open(Unguarded.class, "open", "1");
      session.handlers.text("fail");
      assertEquals(List.of("fail"), endpoint.seen);
      assertEquals(List.of("close 1011"), session.sent);
    }

    @Test
    void ofOpeningReachOnErrorThenCloseWith1011() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "open", "-1");
      assertEquals(List.of("error IllegalArgumentException true"), endpoint.seen);
      assertEquals(List.of("close 1011"), session.sent);
    }

    @Test
    void ofOpeningWithoutOnErrorCloseWith1011() throws Exception {
      open(Unguarded.class, "open", "-1");
      assertEquals(List.of("close 1011"), session.sent);
    }

    @Test
    void onCloseIsCalledAfterAFailedOpening() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "open", "-1");
      session.close(CloseCodes.UNEXPECTED_CONDITION);
      assertEquals("close", endpoint.seen.get(1));
      assertEquals(List.of(endpoint), session.released);
    }

    @Test
    void aPathThatDoesNotFitRefusesTheSessionWith1002() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "open", "abc");
      assertEquals(List.of("error DecodeException true"), endpoint.seen);
      assertEquals("abc", ((DecodeException) endpoint.errors.get(0)).getText());
      assertEquals(List.of("close 1002"), session.sent);
      open(Unguarded.class, "open", "abc");
      assertEquals(List.of("close 1002"), session.sent);
    }

    @Test
    void aPathThatDoesNotFitAMessageMethodLosesTheMessageOnly() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "message", "abc");
      session.handlers.text("a");
      session.handlers.text("b");
      assertEquals(
          List.of("error DecodeException true", "error DecodeException true"), endpoint.seen);
      assertTrue(session.open);
    }

    @Test
    void withoutOnErrorAnUnreadableMessageDoesNotCloseTheSession() throws Exception {
      Unguarded endpoint = open(Unguarded.class, "message", "abc");
      session.handlers.text("a");
      assertEquals(List.of(), endpoint.seen);
      assertTrue(session.open);
    }

    @Test
    void ofClosingReachOnError() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "close", "-1");
      session.close(CloseCodes.NORMAL_CLOSURE);
      assertEquals(List.of("close", "error IOException false"), endpoint.seen);
      assertEquals(List.of(), session.sent);
      assertEquals(List.of(endpoint), session.released);
    }

    @Test
    void aPathThatDoesNotFitOnCloseReachesOnError() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "close", "abc");
      session.close(CloseCodes.NORMAL_CLOSURE);
      assertEquals(List.of("error DecodeException false"), endpoint.seen);
    }

    @Test
    void ofOnErrorItselfCloseWith1011() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "error", "-1");
      session.handlers.text("fail");
      assertEquals(List.of("fail", "error IOException true"), endpoint.seen);
      assertEquals(List.of("close 1011"), session.sent);
      open(WithOnError.class, "error", "abc");
      session.handlers.text("fail");
      assertEquals(List.of("close 1011"), session.sent);
    }

    @Test
    void areReportedByTheSessionThroughOnErrorAsWell() throws Exception {
      WithOnError endpoint = open(WithOnError.class, "open", "1");
      session.endpoint.onError(session.session, new IllegalStateException());
      assertEquals(List.of("error IllegalStateException true"), endpoint.seen);
      assertTrue(session.open);
    }

    @Test
    void doNotCloseASessionThatIsClosed() throws Exception {
      open(Unguarded.class, "open", "1");
      session.open = false;
      session.handlers.text("fail");
      assertEquals(List.of(), session.sent);
    }

    @Test
    void aClosingThatFailsIsNotThrown() throws Exception {
      open(Unguarded.class, "open", "1");
      session.broken = true;
      session.handlers.text("fail");
      assertFalse(session.open);
    }

    public static class Rethrows extends Notes {
      @OnMessage
      public void text(String text) {
        throw new IllegalStateException();
      }

      @OnError
      public void error(Throwable error) throws Throwable {
        throw error;
      }
    }

    @Test
    void anOnErrorMayRethrowTheSameException() throws Exception {
      TestSession session = new TestSession(Rethrows.class);
      session.open(Rethrows.class);
      session.handlers.text("a");
      assertEquals(List.of("close 1011"), session.sent);
    }

    public static class DeepError extends Guarded {
      @OnMessage
      public void text(String text) {
        throw new StackOverflowError("deep");
      }
    }

    @Test
    void ofTheMachineReachOnErrorToo() throws Exception {
      TestSession session = new TestSession(DeepError.class);
      DeepError endpoint = session.open(DeepError.class);
      session.handlers.text("a");
      assertEquals(List.of("error deep"), endpoint.seen);
    }

    public static class ParentFails extends Guarded {
      @OnMessage
      public void on(PongMessage pong) {}
    }

    @Test
    void ofRegisteringHandlersCloseTheSession() throws Exception {
      TestSession session = new TestSession(ParentFails.class);
      session.handlers.add(
          PongMessage.class, (jakarta.websocket.MessageHandler.Whole<PongMessage>) pong -> {});
      ParentFails endpoint = session.open(ParentFails.class);
      assertInstanceOf(IllegalStateException.class, endpoint.errors.get(0));
      assertEquals(List.of("close 1011"), session.sent);
    }
  }

  @Nested
  class Sizes {
    public static class Limited extends Guarded {
      @OnMessage(maxMessageSize = 4)
      public void text(String text) {
        seen.add(text);
      }

      @OnMessage(maxMessageSize = Integer.MAX_VALUE)
      public void binary(byte[] bytes) {
        seen.add("" + bytes.length);
      }
    }

    @Test
    void aMethodsLimitIsTheSessionsFromTheOpeningOn() throws Exception {
      TestSession session = new TestSession(Limited.class);
      session.open(Limited.class);
      assertEquals(4, session.maxText);
      assertEquals(Integer.MAX_VALUE, session.maxBinary);
    }

    @Test
    void countsBytesAndDropsWhatIsLarger() throws Exception {
      TestSession session = new TestSession(Limited.class);
      Limited endpoint = session.open(Limited.class);
      assertEquals(MessageHandlers.Delivery.DELIVERED, session.handlers.text("üü"));
      assertEquals(MessageHandlers.Delivery.TOO_BIG, session.handlers.text("üüa"));
      assertEquals(List.of("üü"), endpoint.seen);
    }

    @Test
    void holdsWhereTheContainerDoesNotKeepToIt() throws Exception {
      TestSession session = new TestSession(Limited.class);
      Limited endpoint = session.open(Limited.class);
      session.maxText = 1000;
      session.handlers.text("abcde");
      assertEquals(List.of(), endpoint.seen);
      assertEquals(List.of("close 1009"), session.sent);
    }

    public static class Nothing extends Guarded {
      @OnMessage(maxMessageSize = 0)
      public void text(String text) {
        seen.add("empty");
      }
    }

    @Test
    void zeroAllowsTheEmptyMessage() throws Exception {
      TestSession session = new TestSession(Nothing.class);
      Nothing endpoint = session.open(Nothing.class);
      session.handlers.text("");
      session.handlers.text("a");
      assertEquals(List.of("empty"), endpoint.seen);
      assertEquals(List.of("close 1009"), session.sent);
    }

    public static class Streams extends Guarded {
      @OnMessage(maxMessageSize = 1)
      public void text(Reader reader) throws IOException {
        seen.add("reader");
      }

      @OnMessage(maxMessageSize = 1)
      public void binary(ByteBuffer part, boolean last) {
        seen.add("part");
      }
    }

    @Test
    void doesNotApplyToReadersAndParts() throws Exception {
      TestSession session = new TestSession(Streams.class);
      Streams endpoint = session.open(Streams.class);
      session.handlers.text("abc");
      session.handlers.binary(bytes("abc"));
      assertEquals(List.of("reader", "part"), endpoint.seen);
      assertEquals(1000, session.maxText);
      assertEquals(1000, session.maxBinary);
    }

    public static class Decoded extends Guarded {
      @OnMessage(maxMessageSize = 2)
      public void on(Order order) {
        seen.add(order.toString());
      }
    }

    @Test
    void ofADecodedTypeLimitsEveryKindItComesFrom() throws Exception {
      TestSession session =
          new TestSession(
              Decoded.class,
              "/",
              List.of(),
              List.of(Coders.OrderFromText.class, Coders.OrderFromStream.class));
      Decoded endpoint = session.open(Decoded.class);
      assertEquals(MessageHandlers.Delivery.TOO_BIG, session.handlers.text("abc"));
      assertEquals(MessageHandlers.Delivery.TOO_BIG, session.handlers.binary(bytes("abc")));
      session.handlers.text("ab");
      assertEquals(List.of("Order:ab"), endpoint.seen);
    }
  }

  @Nested
  class Instances {
    public static class Plain {}

    private AnnotatedEndpoint.Deployment deployment(EndpointInstances instances) throws Exception {
      return AnnotatedEndpoint.Deployment.of(
          TestSession.config(Plain.class, "/", List.of(), List.of()), instances);
    }

    @Test
    void eachSessionHasItsOwn() throws Exception {
      AnnotatedEndpoint.Deployment deployment = deployment(config -> new Plain());
      assertNotSame(deployment.newEndpoint().instance(), deployment.newEndpoint().instance());
    }

    @Test
    void aConfiguratorMayShareOne() throws Exception {
      Plain shared = new Plain();
      ServerEndpointConfig config =
          ServerEndpointConfig.Builder.create(Plain.class, "/")
              .configurator(
                  new ServerEndpointConfig.Configurator() {
                    @Override
                    public <T> T getEndpointInstance(Class<T> type) {
                      return type.cast(shared);
                    }
                  })
              .build();
      AnnotatedEndpoint.Deployment deployment =
          AnnotatedEndpoint.Deployment.of(config, EndpointInstances.CONFIGURATOR);
      assertSame(shared, deployment.newEndpoint().instance());
      assertSame(shared, deployment.newEndpoint().instance());
    }

    public static class Proxy extends Plain {}

    @Test
    void aSubclassWillDo() throws Exception {
      assertInstanceOf(Proxy.class, deployment(config -> new Proxy()).newEndpoint().instance());
    }

    @Test
    void nothingAndAnythingElseAreRefused() throws Exception {
      assertThrows(InstantiationException.class, () -> deployment(config -> null).newEndpoint());
      assertThrows(InstantiationException.class, () -> deployment(config -> "text").newEndpoint());
    }

    @Test
    void whatTheConfiguratorThrowsIsForTheHandshake() throws Exception {
      AnnotatedEndpoint.Deployment deployment =
          deployment(
              config -> {
                throw new IllegalStateException("no");
              });
      assertThrows(IllegalStateException.class, deployment::newEndpoint);
    }

    @Test
    void goBackOnce() throws Exception {
      TestSession session = new TestSession(Plain.class);
      session.open(Plain.class);
      session.close(CloseCodes.NORMAL_CLOSURE);
      session.endpoint.discard();
      assertEquals(1, session.released.size());
    }

    @Test
    void goBackWithoutOnCloseWhenTheHandshakeFails() throws Exception {
      TestSession session = new TestSession(Chat.class, "/{room}/{n}");
      session.endpoint.discard();
      assertEquals(List.of(session.endpoint.instance()), session.released);
      assertEquals(List.of(), ((Chat) session.endpoint.instance()).seen);
    }
  }

  @Nested
  class Annotations {
    public static class Mine extends ServerEndpointConfig.Configurator {}

    public static class Unusable extends ServerEndpointConfig.Configurator {
      public Unusable(int argument) {}
    }

    @ServerEndpoint(
        value = "/a/{b}",
        subprotocols = {"v2", "v1"},
        encoders = Coders.OrderToText.class,
        decoders = {Coders.OrderFromText.class, Coders.OrderFromBytes.class},
        configurator = Mine.class)
    public static class Complete {}

    @ServerEndpoint(value = "/", configurator = Unusable.class)
    public static class BadConfigurator {}

    @ServerEndpoint("a")
    public static class BadPath {}

    @ServerEndpoint("/")
    public static class Short {}

    public static class None {}

    public static class Inherited extends Complete {}

    @Test
    void becomeAConfiguration() throws Exception {
      ServerEndpointConfig config = AnnotatedEndpoint.Deployment.configOf(Complete.class, null);
      assertEquals(Complete.class, config.getEndpointClass());
      assertEquals("/a/{b}", config.getPath());
      assertEquals(List.of("v2", "v1"), config.getSubprotocols());
      assertEquals(List.of(Coders.OrderToText.class), config.getEncoders());
      assertEquals(
          List.of(Coders.OrderFromText.class, Coders.OrderFromBytes.class), config.getDecoders());
      assertInstanceOf(Mine.class, config.getConfigurator());
    }

    @Test
    void withoutConfiguratorGetTheDefault() throws Exception {
      Mine mine = new Mine();
      assertSame(mine, AnnotatedEndpoint.Deployment.configOf(Short.class, mine).getConfigurator());
    }

    @ParameterizedTest
    @ValueSource(classes = {BadConfigurator.class, BadPath.class, None.class, Inherited.class})
    void thatCannotBeUsedAreRefused(Class<?> type) {
      assertThrows(
          DeploymentException.class, () -> AnnotatedEndpoint.Deployment.configOf(type, new Mine()));
    }
  }

  @Test
  void aSharedDeploymentServesManySessionsAtOnce() throws Exception {
    TestSession one = new TestSession(Payloads.OfInt.class);
    TestSession other = new TestSession(Payloads.OfInt.class);
    one.open(Payloads.OfInt.class);
    other.open(Payloads.OfInt.class);
    one.handlers.text("1");
    other.handlers.text("2");
    assertEquals(List.of("object text 2"), one.sent);
    assertEquals(List.of("object text 3"), other.sent);
    assertEquals("a", new String(bytes("a").array(), StandardCharsets.UTF_8));
  }
}
