package dev.ssebridge.example.suite.parity;

import static dev.ssebridge.example.suite.parity.Client.bytesOf;

import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What an {@code @OnMessage} method may take (Jakarta WebSocket 2.1 §4.7). */
public final class MessageParameters {
  private MessageParameters() {}

  static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return HexFormat.of().formatHex(copy);
  }

  static String all(Reader reader) throws IOException {
    var all = new StringWriter();
    reader.transferTo(all);
    return all.toString();
  }

  /** Notes its errors and its close, as most endpoints here do. */
  public abstract static class Noting {
    private final int run = Calls.run();

    @OnError
    public void error(Throwable error) {
      Calls.failed(run, error);
    }

    @OnClose
    public void close() {
      Calls.heard("close");
    }
  }

  @ServerEndpoint("/message/text")
  public static class Text extends Noting {
    @OnMessage
    public void message(String text) {
      Calls.heard("text " + text);
    }
  }

  @ServerEndpoint("/message/reader")
  public static class TextReader extends Noting {
    @OnMessage
    public void message(Reader reader) throws IOException {
      Calls.heard("reader " + all(reader));
    }
  }

  @ServerEndpoint("/message/text-parts")
  public static class TextParts extends Noting {
    @OnMessage
    public void message(String part, boolean last) {
      Calls.heard("part " + part + " " + last);
    }
  }

  @ServerEndpoint("/message/bytes")
  public static class Bytes extends Noting {
    @OnMessage
    public void message(byte[] bytes) {
      Calls.heard("bytes " + HexFormat.of().formatHex(bytes));
    }
  }

  @ServerEndpoint("/message/buffer")
  public static class Buffer extends Noting {
    @OnMessage
    public void message(ByteBuffer bytes) {
      Calls.heard("buffer " + hex(bytes));
    }
  }

  @ServerEndpoint("/message/stream")
  public static class BinaryStream extends Noting {
    @OnMessage
    public void message(InputStream stream) throws IOException {
      Calls.heard("stream " + HexFormat.of().formatHex(stream.readAllBytes()));
    }
  }

  @ServerEndpoint("/message/bytes-parts")
  public static class BytesParts extends Noting {
    @OnMessage
    public void message(byte[] part, boolean last) {
      Calls.heard("part " + HexFormat.of().formatHex(part) + " " + last);
    }
  }

  @ServerEndpoint("/message/buffer-parts")
  public static class BufferParts extends Noting {
    @OnMessage
    public void message(boolean last, ByteBuffer part) {
      Calls.heard("part " + hex(part) + " " + last);
    }
  }

  @ServerEndpoint("/message/pong")
  public static class Pong extends Noting {
    @OnMessage
    public void message(PongMessage pong) {
      Calls.heard("pong " + hex(pong.getApplicationData()));
    }
  }

  @ServerEndpoint("/message/all/{room}")
  public static class AllKinds extends Noting {
    @OnMessage
    public void text(@PathParam("room") String room, String text, Session session) {
      Calls.heard("text " + text + " " + room + " " + session.isOpen());
    }

    @OnMessage
    public void binary(Session session, @PathParam("room") String room, byte[] bytes) {
      Calls.heard("binary " + bytes.length + " " + room + " " + session.isOpen());
    }

    @OnMessage
    public void pong(Session session, PongMessage pong, @PathParam("room") String room) {
      Calls.heard("pong " + hex(pong.getApplicationData()) + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/order/1/{room}")
  public static class TextSessionRoom extends Noting {
    @OnMessage
    public void text(String text, Session session, @PathParam("room") String room) {
      Calls.heard(text + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/order/2/{room}")
  public static class SessionTextRoom extends Noting {
    @OnMessage
    public void text(Session session, String text, @PathParam("room") String room) {
      Calls.heard(text + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/order/3/{room}")
  public static class RoomSessionText extends Noting {
    @OnMessage
    public void text(@PathParam("room") String room, Session session, String text) {
      Calls.heard(text + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/order/4/{room}")
  public static class LastSessionPartRoom extends Noting {
    @OnMessage
    public void text(boolean last, Session session, String part, @PathParam("room") String room) {
      Calls.heard(part + " " + last + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/order/5/{room}")
  public static class RoomPartLastSession extends Noting {
    @OnMessage
    public void text(@PathParam("room") int room, byte[] part, boolean last, Session session) {
      Calls.heard(part.length + " " + last + " " + room + " " + session.isOpen());
    }
  }

  @ServerEndpoint("/message/boolean")
  public static class OneBoolean extends Noting {
    @OnMessage
    public void message(boolean value) {
      Calls.heard("boolean " + value);
    }
  }

  @ServerEndpoint("/message/byte")
  public static class OneByte extends Noting {
    @OnMessage
    public void message(byte value) {
      Calls.heard("byte " + value);
    }
  }

  @ServerEndpoint("/message/short")
  public static class OneShort extends Noting {
    @OnMessage
    public void message(short value) {
      Calls.heard("short " + value);
    }
  }

  @ServerEndpoint("/message/int")
  public static class OneInt extends Noting {
    @OnMessage
    public void message(int value) {
      Calls.heard("int " + value);
    }
  }

  @ServerEndpoint("/message/long")
  public static class OneLong extends Noting {
    @OnMessage
    public void message(long value) {
      Calls.heard("long " + value);
    }
  }

  @ServerEndpoint("/message/float")
  public static class OneFloat extends Noting {
    @OnMessage
    public void message(float value) {
      Calls.heard("float " + value);
    }
  }

  @ServerEndpoint("/message/double")
  public static class OneDouble extends Noting {
    @OnMessage
    public void message(double value) {
      Calls.heard("double " + value);
    }
  }

  @ServerEndpoint("/message/char")
  public static class OneChar extends Noting {
    @OnMessage
    public void message(char value) {
      Calls.heard("char " + value);
    }
  }

  @ServerEndpoint("/message/Boolean")
  public static class BoxedBoolean extends Noting {
    @OnMessage
    public void message(Boolean value) {
      Calls.heard("boolean " + value);
    }
  }

  @ServerEndpoint("/message/Byte")
  public static class BoxedByte extends Noting {
    @OnMessage
    public void message(Byte value) {
      Calls.heard("byte " + value);
    }
  }

  @ServerEndpoint("/message/Short")
  public static class BoxedShort extends Noting {
    @OnMessage
    public void message(Short value) {
      Calls.heard("short " + value);
    }
  }

  @ServerEndpoint("/message/Integer")
  public static class BoxedInt extends Noting {
    @OnMessage
    public void message(Integer value) {
      Calls.heard("int " + value);
    }
  }

  @ServerEndpoint("/message/Long")
  public static class BoxedLong extends Noting {
    @OnMessage
    public void message(Long value) {
      Calls.heard("long " + value);
    }
  }

  @ServerEndpoint("/message/Float")
  public static class BoxedFloat extends Noting {
    @OnMessage
    public void message(Float value) {
      Calls.heard("float " + value);
    }
  }

  @ServerEndpoint("/message/Double")
  public static class BoxedDouble extends Noting {
    @OnMessage
    public void message(Double value) {
      Calls.heard("double " + value);
    }
  }

  @ServerEndpoint("/message/Character")
  public static class BoxedChar extends Noting {
    @OnMessage
    public void message(Character value) {
      Calls.heard("char " + value);
    }
  }

  @ServerEndpoint("/message/none")
  public static class NoHandler extends Noting {}

  private static Case scalar(String type, Class<?> endpoint, String text, String call) {
    return Case.of("a message as " + type, endpoint)
        .says(text)
        .hears(call, "close")
        .getsThenCloses();
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(scalar("boolean", OneBoolean.class, "true", "boolean true"));
    cases.add(scalar("byte", OneByte.class, "-128", "byte -128"));
    cases.add(scalar("short", OneShort.class, "32767", "short 32767"));
    cases.add(scalar("int", OneInt.class, "-7", "int -7"));
    cases.add(scalar("long", OneLong.class, "9223372036854775807", "long 9223372036854775807"));
    cases.add(scalar("float", OneFloat.class, "1.5", "float 1.5"));
    cases.add(scalar("double", OneDouble.class, "-2.25", "double -2.25"));
    cases.add(scalar("char", OneChar.class, "x", "char x"));
    cases.add(scalar("Boolean", BoxedBoolean.class, "false", "boolean false"));
    cases.add(scalar("Byte", BoxedByte.class, "1", "byte 1"));
    cases.add(scalar("Short", BoxedShort.class, "2", "short 2"));
    cases.add(scalar("Integer", BoxedInt.class, "3", "int 3"));
    cases.add(scalar("Long", BoxedLong.class, "4", "long 4"));
    cases.add(scalar("Float", BoxedFloat.class, "0.5", "float 0.5"));
    cases.add(scalar("Double", BoxedDouble.class, "0.25", "double 0.25"));
    cases.add(scalar("Character", BoxedChar.class, "y", "char y"));
    cases.add(
        Case.of("a text that is no number reaches @OnError, and the session goes on", OneInt.class)
            .says("seven", "7")
            .hears("error DecodeException", "int 7", "close")
            .getsThenCloses());
    cases.addAll(textCases());
    cases.addAll(binaryCases());
    return cases;
  }

  private static List<Case> textCases() {
    return List.of(
        Case.of("a text message", Text.class)
            .says("hello")
            .hears("text hello", "close")
            .getsThenCloses(),
        Case.of("an empty text message", Text.class)
            .says("")
            .hears("text ", "close")
            .getsThenCloses(),
        Case.of("a text of every kind of character", Text.class)
            .says(" a\tb\r\nc\rd\n\u00e4\u20ac\uD83D\uDE00\u0000\u2028 ")
            .hears("text  a\tb\r\nc\rd\n\u00e4\u20ac\uD83D\uDE00\u0000\u2028 ", "close")
            .getsThenCloses(),
        Case.of("a text of 6,000 characters", Text.class)
            .says("\u00e4".repeat(3000) + "b".repeat(3000))
            .hears("text " + "\u00e4".repeat(3000) + "b".repeat(3000), "close")
            .getsThenCloses(),
        Case.of("many text messages in order", Text.class)
            .says("1", "2", "3", "4", "5", "6")
            .hears("text 1", "text 2", "text 3", "text 4", "text 5", "text 6", "close")
            .getsThenCloses(),
        Case.of("parts of a text are joined for a whole handler", Text.class)
            .runs(
                c -> {
                  c.textPart("a", false);
                  c.textPart("", false);
                  c.textPart("b", true);
                })
            .hears("text ab", "close")
            .getsThenCloses(),
        Case.of("a text message as a Reader", TextReader.class)
            .says("hello")
            .hears("reader hello", "close")
            .getsThenCloses(),
        Case.of("parts of a text as one Reader", TextReader.class)
            .runs(
                c -> {
                  c.textPart("hel", false);
                  c.textPart("lo", true);
                })
            .hears("reader hello", "close")
            .getsThenCloses(),
        Case.of("a whole text to a handler of parts", TextParts.class)
            .says("hello")
            .hears("part hello true", "close")
            .getsThenCloses(),
        Case.of("parts of a text to a handler of parts", TextParts.class)
            .runs(
                c -> {
                  c.textPart("one", false);
                  c.textPart("two", false);
                  c.textPart("three", true);
                })
            .hears("part one false", "part two false", "part three true", "close")
            .getsThenCloses(),
        Case.of("control messages between the parts of a text", TextParts.class)
            .runs(
                c -> {
                  c.textPart("one", false);
                  c.ping(bytesOf(1));
                  c.textPart("two", true);
                  c.await(1);
                })
            .hears("part one false", "part two true", "close")
            .getsThenCloses("pong 01"),
        Case.of("a text, a session and a path parameter", TextSessionRoom.class)
            .at("message/order/1/r")
            .says("t")
            .hears("t r true", "close")
            .getsThenCloses(),
        Case.of("a session, a text and a path parameter", SessionTextRoom.class)
            .at("message/order/2/r")
            .says("t")
            .hears("t r true", "close")
            .getsThenCloses(),
        Case.of("a path parameter, a session and a text", RoomSessionText.class)
            .at("message/order/3/r")
            .says("t")
            .hears("t r true", "close")
            .getsThenCloses(),
        Case.of(
                "whether it is the last, a session, a part, a path parameter",
                LastSessionPartRoom.class)
            .at("message/order/4/r")
            .runs(
                c -> {
                  c.textPart("t", false);
                  c.textPart("u", true);
                })
            .hears("t false r true", "u true r true", "close")
            .getsThenCloses(),
        Case.of("an endpoint without a handler drops messages", NoHandler.class)
            .runs(
                c -> {
                  c.text("nobody");
                  c.binary(1);
                  c.pong(bytesOf(2));
                })
            .hears("close")
            .getsThenCloses(),
        Case.of("a binary message without a binary handler is dropped", Text.class)
            .runs(
                c -> {
                  c.binary(1);
                  c.text("after");
                })
            .hears("text after", "close")
            .getsThenCloses());
  }

  private static List<Case> binaryCases() {
    return List.of(
        Case.of("a binary message as byte[]", Bytes.class)
            .runs(c -> c.binary(1, 2, 255))
            .hears("bytes 0102ff", "close")
            .getsThenCloses(),
        Case.of("an empty binary message", Bytes.class)
            .runs(c -> c.binary())
            .hears("bytes ", "close")
            .getsThenCloses(),
        Case.of("a binary message as ByteBuffer", Buffer.class)
            .runs(c -> c.binary(0, 13, 10))
            .hears("buffer 000d0a", "close")
            .getsThenCloses(),
        Case.of("parts of a binary message are joined for a whole handler", Buffer.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(1), false);
                  c.binaryPart(bytesOf(2), true);
                })
            .hears("buffer 0102", "close")
            .getsThenCloses(),
        Case.of("a binary message as InputStream", BinaryStream.class)
            .runs(c -> c.binary(7, 8))
            .hears("stream 0708", "close")
            .getsThenCloses(),
        Case.of("parts of a binary message as one InputStream", BinaryStream.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(7), false);
                  c.binaryPart(bytesOf(8), true);
                })
            .hears("stream 0708", "close")
            .getsThenCloses(),
        Case.of("parts of a binary message as byte[]", BytesParts.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(1, 2), false);
                  c.binaryPart(bytesOf(3), true);
                })
            .hears("part 0102 false", "part 03 true", "close")
            .getsThenCloses(),
        Case.of("parts of a binary message as ByteBuffer", BufferParts.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(1, 2), false);
                  c.binaryPart(bytesOf(3), true);
                  c.binary(4);
                })
            .hears("part 0102 false", "part 03 true", "part 04 true", "close")
            .getsThenCloses(),
        Case.of(
                "a path parameter, a part, whether it is the last, a session",
                RoomPartLastSession.class)
            .at("message/order/5/12")
            .runs(c -> c.binary(1, 2, 3))
            .hears("3 true 12 true", "close")
            .getsThenCloses(),
        Case.of("a pong message", Pong.class)
            .runs(
                c -> {
                  c.pong(bytesOf(5, 6));
                  c.pong(bytesOf());
                })
            .hears("pong 0506", "pong ", "close")
            .getsThenCloses(),
        Case.of("one method for each kind of message", AllKinds.class)
            .at("message/all/r")
            .runs(
                c -> {
                  c.binary(1);
                  c.text("t");
                  c.pong(utf8("p"));
                  c.text("u");
                })
            .hears("binary 1 r true", "text t r true", "pong 70 r true", "text u r true", "close")
            .getsThenCloses(),
        Case.of("a ping is answered with its data", Text.class)
            .runs(
                c -> {
                  c.ping(utf8("are you there"));
                  c.ping(new byte[0]);
                  c.await(2);
                })
            .hears("close")
            .getsThenCloses("pong 61726520796f75207468657265", "pong "),
        Case.of("a ping with the largest data there may be", Text.class)
            .runs(
                c -> {
                  c.ping(new byte[125]);
                  c.await(1);
                })
            .hears("close")
            .getsThenCloses("pong " + "00".repeat(125)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
