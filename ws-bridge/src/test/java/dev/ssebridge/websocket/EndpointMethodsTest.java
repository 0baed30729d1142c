package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.Coders.Order;
import dev.ssebridge.websocket.Coders.RushOrder;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Decoder;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointMethodsTest {
  private static EndpointMethods methods(Class<?> type, Class<?>... decoders)
      throws DeploymentException {
    String path = "/{x}/{y}";
    Codecs codecs = Codecs.of(TestSession.config(type, path, List.of(), Coders.decoders(decoders)));
    return EndpointMethods.of(type, PathTemplate.parse(path), codecs);
  }

  // ---- what cannot be deployed, and the words that say why

  public static class NotPublic {
    @OnMessage
    void bad(String text) {}
  }

  public static class Private {
    @OnOpen
    private void bad() {}
  }

  public static class Protected {
    @OnClose
    protected void bad() {}
  }

  public static class TwoOpens {
    @OnOpen
    public void bad() {}

    @OnOpen
    public void worse() {}
  }

  public static class TwoErrors {
    @OnError
    public void bad(Throwable error) {}

    @OnError
    public void worse(Throwable error) {}
  }

  public static class TwoCloses {
    @OnClose
    public void bad() {}

    @OnClose
    public void worse() {}
  }

  public static class OpenAbove {
    @OnOpen
    public void above() {}
  }

  public static class OpenAgainBelow extends OpenAbove {
    @OnOpen
    public void bad(Session session) {}
  }

  public static class OpenWithReason {
    @OnOpen
    public void bad(CloseReason reason) {}
  }

  public static class OpenWithServerConfig {
    @OnOpen
    public void bad(ServerEndpointConfig config) {}
  }

  public static class OpenWithText {
    @OnOpen
    public void bad(String room) {}
  }

  public static class OpenWithTwoSessions {
    @OnOpen
    public void bad(Session one, Session other) {}
  }

  public static class CloseWithConfig {
    @OnClose
    public void bad(EndpointConfig config) {}
  }

  public static class CloseWithThrowable {
    @OnClose
    public void bad(Throwable error) {}
  }

  public static class ErrorWithoutThrowable {
    @OnError
    public void bad(Session session) {}
  }

  public static class ErrorWithException {
    @OnError
    public void bad(Exception error) {}
  }

  public static class ErrorWithTwoThrowables {
    @OnError
    public void bad(Throwable one, Throwable other) {}
  }

  public static class PathDate {
    @OnOpen
    public void bad(@PathParam("x") Date date) {}
  }

  public static class PathSession {
    @OnOpen
    public void bad(@PathParam("x") Session session) {}
  }

  public static class PathUnknownPrimitive {
    @OnMessage
    public void bad(String text, @PathParam("z") int unknown) {}
  }

  public static class MessageWithoutPayload {
    @OnMessage
    public void bad(Session session) {}
  }

  public static class MessageWithPathOnly {
    @OnMessage
    public void bad(@PathParam("x") String x) {}
  }

  public static class MessageWithTwoPayloads {
    @OnMessage
    public void bad(String text, ByteBuffer bytes) {}
  }

  public static class MessageWithTextAndNumber {
    @OnMessage
    public void bad(String text, int number) {}
  }

  public static class MessageWithTwoBooleans {
    @OnMessage
    public void bad(boolean one, boolean other) {}
  }

  public static class MessageWithTextAndTwoBooleans {
    @OnMessage
    public void bad(String text, boolean one, boolean other) {}
  }

  public static class MessageWithBoxedLast {
    @OnMessage
    public void bad(String text, Boolean last) {}
  }

  public static class MessageWithTwoSessions {
    @OnMessage
    public void bad(Session one, Session other, String text) {}
  }

  public static class MessageWithConfig {
    @OnMessage
    public void bad(EndpointConfig config, String text) {}
  }

  public static class MessageOfConfig {
    @OnMessage
    public void bad(EndpointConfig config) {}
  }

  public static class MessageWithReason {
    @OnMessage
    public void bad(CloseReason reason, String text) {}
  }

  public static class MessageOfUnknownType {
    @OnMessage
    public void bad(Date date) {}
  }

  public static class MessageOfObject {
    @OnMessage
    public void bad(Object anything) {}
  }

  public static class MessageOfVarargs {
    @OnMessage
    public void bad(String... texts) {}
  }

  public static class ReaderInParts {
    @OnMessage
    public void bad(Reader reader, boolean last) {}
  }

  public static class StreamInParts {
    @OnMessage
    public void bad(boolean last, InputStream stream) {}
  }

  public static class PongInParts {
    @OnMessage
    public void bad(PongMessage pong, boolean last) {}
  }

  public static class NumberInParts {
    @OnMessage
    public void bad(int number, boolean last) {}
  }

  public static class TwoTexts {
    @OnMessage
    public void bad(String text) {}

    @OnMessage
    public void worse(Reader reader) {}
  }

  public static class TextAndNumber {
    @OnMessage
    public void bad(int number) {}

    @OnMessage
    public void worse(String text) {}
  }

  public static class TextAndParts {
    @OnMessage
    public void bad(String text) {}

    @OnMessage
    public void worse(String part, boolean last) {}
  }

  public static class TwoBinaries {
    @OnMessage
    public void bad(ByteBuffer buffer) {}

    @OnMessage
    public void worse(InputStream stream) {}
  }

  public static class TwoPongs {
    @OnMessage
    public void bad(PongMessage pong) {}

    @OnMessage
    public void worse(PongMessage pong, Session session) {}
  }

  public static class TextAbove {
    @OnMessage
    public void above(String text) {}
  }

  public static class TextAgainBelow extends TextAbove {
    @OnMessage
    public void bad(String text) {}
  }

  static Stream<Arguments> invalid() {
    return Stream.of(
        Arguments.of(NotPublic.class, "must be public"),
        Arguments.of(Private.class, "must be public"),
        Arguments.of(Protected.class, "must be public"),
        Arguments.of(TwoOpens.class, "TwoOpens.worse() too"),
        Arguments.of(TwoErrors.class, "TwoErrors.worse(Throwable) too"),
        Arguments.of(TwoCloses.class, "TwoCloses.worse() too"),
        Arguments.of(OpenAgainBelow.class, "OpenAgainBelow.bad(Session) too"),
        Arguments.of(OpenWithReason.class, "CloseReason"),
        Arguments.of(OpenWithServerConfig.class, "ServerEndpointConfig"),
        Arguments.of(OpenWithText.class, "needs @PathParam"),
        Arguments.of(OpenWithTwoSessions.class, "two parameters Session"),
        Arguments.of(CloseWithConfig.class, "EndpointConfig"),
        Arguments.of(CloseWithThrowable.class, "Throwable"),
        Arguments.of(ErrorWithoutThrowable.class, "needs a parameter Throwable"),
        Arguments.of(ErrorWithException.class, "Exception"),
        Arguments.of(ErrorWithTwoThrowables.class, "two parameters Throwable"),
        Arguments.of(PathDate.class, "@PathParam(\"x\")"),
        Arguments.of(PathSession.class, "@PathParam(\"x\")"),
        Arguments.of(PathUnknownPrimitive.class, "the path is /{x}/{y}"),
        Arguments.of(MessageWithoutPayload.class, "no parameter for the message"),
        Arguments.of(MessageWithPathOnly.class, "no parameter for the message"),
        Arguments.of(MessageWithTwoPayloads.class, "more than one parameter for the message"),
        Arguments.of(MessageWithTextAndNumber.class, "more than one parameter for the message"),
        Arguments.of(MessageWithTwoBooleans.class, "parts"),
        Arguments.of(
            MessageWithTextAndTwoBooleans.class, "more than one parameter for the message"),
        Arguments.of(MessageWithBoxedLast.class, "more than one parameter for the message"),
        Arguments.of(MessageWithTwoSessions.class, "two parameters Session"),
        Arguments.of(MessageWithConfig.class, "more than one parameter for the message"),
        Arguments.of(MessageOfConfig.class, "EndpointConfig, for which there is no decoder"),
        Arguments.of(MessageWithReason.class, "more than one parameter for the message"),
        Arguments.of(MessageOfUnknownType.class, "java.util.Date, for which there is no decoder"),
        Arguments.of(MessageOfObject.class, "java.lang.Object, for which there is no decoder"),
        Arguments.of(MessageOfVarargs.class, "for which there is no decoder"),
        Arguments.of(ReaderInParts.class, "parts"),
        Arguments.of(StreamInParts.class, "parts"),
        Arguments.of(PongInParts.class, "parts"),
        Arguments.of(NumberInParts.class, "parts"),
        Arguments.of(TwoTexts.class, "takes TEXT messages"),
        Arguments.of(TextAndNumber.class, "takes TEXT messages"),
        Arguments.of(TextAndParts.class, "takes TEXT messages"),
        Arguments.of(TwoBinaries.class, "takes BINARY messages"),
        Arguments.of(TwoPongs.class, "takes PONG messages"),
        Arguments.of(TooLarge.class, "maxMessageSize"),
        Arguments.of(TextAgainBelow.class, "takes TEXT messages"));
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void anInvalidMethodIsNamedWithTheReason(Class<?> type, String why) {
    String message = assertThrows(DeploymentException.class, () -> methods(type)).getMessage();
    assertTrue(message.contains(why), message);
    assertTrue(message.contains("$" + type.getSimpleName() + "."), message);
    assertTrue(message.contains(" method ") && message.startsWith("The @On"), message);
  }

  public static class TooLarge {
    @OnMessage(maxMessageSize = Integer.MAX_VALUE + 1L)
    public void bad(String text) {}
  }

  static class HiddenClass {}

  public abstract static class AbstractClass {}

  public interface Interface {}

  @ParameterizedTest
  @ValueSource(classes = {HiddenClass.class, AbstractClass.class, Interface.class})
  void aClassThatIsNotPublicAndConcreteIsRefused(Class<?> type) {
    assertTrue(
        assertThrows(DeploymentException.class, () -> methods(type))
            .getMessage()
            .contains(type.getName()));
  }

  public static class OrderAndText {
    @OnMessage
    public void order(Order order) {}

    @OnMessage
    public void text(String text) {}
  }

  @Test
  void aDecodedTypeAndAPlainOneMayNotShareAKind() throws Exception {
    assertThrows(
        DeploymentException.class, () -> methods(OrderAndText.class, Coders.OrderFromText.class));
    assertThrows(
        DeploymentException.class, () -> methods(OrderAndText.class, Coders.Everything.class));
    assertEquals(2, methods(OrderAndText.class, Coders.OrderFromBytes.class).onMessage().size());
  }

  // ---- what takes what

  public static class OfString {
    @OnMessage
    public void on(String text) {}
  }

  public static class OfReader {
    @OnMessage
    public void on(Reader reader) {}
  }

  public static class OfBytes {
    @OnMessage
    public void on(byte[] bytes) {}
  }

  public static class OfBuffer {
    @OnMessage
    public void on(ByteBuffer buffer) {}
  }

  public static class OfStream {
    @OnMessage
    public void on(InputStream stream) {}
  }

  public static class OfPong {
    @OnMessage
    public void on(PongMessage pong) {}
  }

  public static class OfInt {
    @OnMessage
    public void on(int number) {}
  }

  public static class OfBoolean {
    @OnMessage
    public void on(boolean flag) {}
  }

  public static class OfBooleanBox {
    @OnMessage
    public void on(Boolean flag) {}
  }

  public static class OfOrder {
    @OnMessage
    public void on(Order order) {}
  }

  public static class OfRushOrder {
    @OnMessage
    public void on(RushOrder order) {}
  }

  public static class OfTextParts {
    @OnMessage
    public void on(String text, boolean last) {}
  }

  public static class OfByteParts {
    @OnMessage
    public void on(boolean last, byte[] bytes) {}
  }

  public static class OfBufferParts {
    @OnMessage
    public void on(ByteBuffer buffer, Session session, boolean last) {}
  }

  static Stream<Arguments> payloads() {
    return Stream.of(
        Arguments.of(OfString.class, null, "String [TEXT] whole"),
        Arguments.of(OfString.class, Coders.StringFromText.class, "String [TEXT] whole"),
        Arguments.of(OfReader.class, null, "Reader [TEXT] whole"),
        Arguments.of(OfBytes.class, null, "byte[] [BINARY] whole"),
        Arguments.of(OfBuffer.class, null, "ByteBuffer [BINARY] whole"),
        Arguments.of(OfStream.class, null, "InputStream [BINARY] whole"),
        Arguments.of(OfPong.class, null, "PongMessage [PONG] whole"),
        Arguments.of(OfInt.class, null, "String [TEXT] whole as INT"),
        Arguments.of(OfInt.class, Coders.ObjectFromText.class, "String [TEXT] whole as INT"),
        Arguments.of(OfInt.class, Coders.IntegerFromText.class, "Integer [TEXT] whole"),
        Arguments.of(OfBoolean.class, null, "String [TEXT] whole as BOOLEAN"),
        Arguments.of(OfBooleanBox.class, null, "String [TEXT] whole as BOOLEAN"),
        Arguments.of(OfOrder.class, Coders.OrderFromText.class, "Order [TEXT] whole"),
        Arguments.of(OfOrder.class, Coders.OrderFromReader.class, "Order [TEXT] whole"),
        Arguments.of(OfOrder.class, Coders.OrderFromBytes.class, "Order [BINARY] whole"),
        Arguments.of(OfOrder.class, Coders.OrderFromStream.class, "Order [BINARY] whole"),
        Arguments.of(OfOrder.class, Coders.Everything.class, "Order [TEXT, BINARY] whole"),
        Arguments.of(OfOrder.class, Coders.ObjectFromText.class, "Order [TEXT] whole"),
        Arguments.of(OfRushOrder.class, Coders.OrderFromText.class, "RushOrder [TEXT] whole"),
        Arguments.of(OfTextParts.class, null, "String [TEXT] parts"),
        Arguments.of(OfByteParts.class, null, "byte[] [BINARY] parts"),
        Arguments.of(OfBufferParts.class, null, "ByteBuffer [BINARY] parts"));
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void theParametersTellWhichMessagesAMethodTakes(
      Class<?> type, Class<? extends Decoder> decoder, String expected) throws Exception {
    EndpointMethods methods = decoder == null ? methods(type) : methods(type, decoder);
    assertEquals(expected, describe(methods.onMessage().get(0)));
  }

  private static String describe(MessageMethod method) {
    Set<MessageKind> kinds = method.kinds();
    return method.type().getSimpleName()
        + " "
        + kinds.stream().sorted().toList()
        + (method.partial() ? " parts" : " whole")
        + (method.scalar() == null ? "" : " as " + method.scalar());
  }

  @Test
  void aDecoderOfASubtypeIsNotEnough() {
    assertThrows(
        DeploymentException.class, () -> methods(OfOrder.class, Coders.RushOrderFromText.class));
  }

  // ---- inheritance

  public static class Base {
    @OnOpen
    public void open() {}

    @OnMessage
    public void text(String text) {}

    @OnError
    public void error(Throwable error) {}
  }

  public static class Inherits extends Base {}

  public static class OverridesWithAnnotation extends Base {
    @Override
    @OnMessage
    public void text(String text) {}
  }

  public static class OverridesWithout extends Base {
    @Override
    public void text(String text) {}

    @Override
    public void open() {}
  }

  public static class AddsAKind extends Base {
    @OnMessage
    public void binary(ByteBuffer bytes) {}

    @OnClose
    public void close() {}
  }

  public static class OverloadsOnly extends Base {
    public void text(String text, Session session) {}
  }

  @Test
  void methodsOfSuperclassesCount() throws Exception {
    EndpointMethods methods = methods(Inherits.class);
    assertNotNull(methods.onOpen());
    assertNotNull(methods.onError());
    assertNull(methods.onClose());
    assertEquals(1, methods.onMessage().size());
    assertEquals(1, methods(OverloadsOnly.class).onMessage().size());
  }

  @Test
  void anOverridingMethodCountsOnce() throws Exception {
    EndpointMethods methods = methods(OverridesWithAnnotation.class);
    assertEquals(1, methods.onMessage().size());
    assertTrue(methods.onMessage().get(0).method().toString().contains("OverridesWithAnnotation"));
  }

  @Test
  void anOverridingMethodWithoutAnnotationIsNotCalled() throws Exception {
    EndpointMethods methods = methods(OverridesWithout.class);
    assertNull(methods.onOpen());
    assertNotNull(methods.onError());
    assertEquals(List.of(), methods.onMessage());
  }

  @Test
  void aSubclassMayAddWhatIsMissing() throws Exception {
    EndpointMethods methods = methods(AddsAKind.class);
    assertEquals(2, methods.onMessage().size());
    assertNotNull(methods.onClose());
  }

  public interface WithDefault {
    @OnMessage
    default void text(String text) {}
  }

  public static class OnlyInterface implements WithDefault {}

  @Test
  void methodsOfInterfacesDoNotCount() throws Exception {
    assertEquals(List.of(), methods(OnlyInterface.class).onMessage());
  }

  public abstract static class Generic<T> {
    @OnMessage
    public void on(T message) {}
  }

  public static class GenericOfString extends Generic<String> {}

  public static class GenericOfOrder extends Generic<Order> {}

  public static class GenericOverridden extends Generic<String> {
    @Override
    @OnMessage
    public void on(String message) {}
  }

  public static class GenericHidden extends Generic<String> {
    @Override
    public void on(String message) {}
  }

  @Test
  void aTypeVariableIsWhatTheSubclassSays() throws Exception {
    assertEquals(
        "String [TEXT] whole", describe(methods(GenericOfString.class).onMessage().get(0)));
    assertEquals(
        "Order [TEXT] whole",
        describe(methods(GenericOfOrder.class, Coders.OrderFromText.class).onMessage().get(0)));
    assertEquals(1, methods(GenericOverridden.class).onMessage().size());
    assertEquals(0, methods(GenericHidden.class).onMessage().size());
  }

  public static class Covariant {
    @OnMessage
    public Object on(String text) {
      return text;
    }
  }

  public static class CovariantBelow extends Covariant {
    @Override
    @OnMessage
    public String on(String text) {
      return text;
    }
  }

  @Test
  void theBridgeOfANarrowerReturnTypeDoesNotCount() throws Exception {
    assertEquals(1, methods(CovariantBelow.class).onMessage().size());
  }

  public static class Nothing {
    public void onMessage(String text) {}
  }

  @Test
  void aClassWithoutAnnotatedMethodsIsDeployable() throws Exception {
    EndpointMethods methods = methods(Nothing.class);
    assertNull(methods.onOpen());
    assertEquals(List.of(), methods.onMessage());
  }

  public static class Both {
    @OnOpen
    @OnClose
    public void both(Session session) {}
  }

  @Test
  void aMethodMayHaveTwoAnnotations() throws Exception {
    EndpointMethods methods = methods(Both.class);
    assertNotNull(methods.onOpen());
    assertNotNull(methods.onClose());
  }

  public static class Sizes {
    @OnMessage(maxMessageSize = 10)
    public void text(String text) {}

    @OnMessage
    public void binary(byte[] bytes) {}
  }

  @Test
  void theLargestMessageIsTheMethodsOwn() throws Exception {
    List<MessageMethod> methods = methods(Sizes.class).onMessage();
    assertEquals("binary -1", name(methods.get(0)));
    assertEquals("text 10", name(methods.get(1)));
  }

  private static String name(MessageMethod method) {
    String text = method.method().toString();
    return text.substring(text.lastIndexOf('.') + 1, text.indexOf('('))
        + " "
        + method.maxMessageSize();
  }
}
