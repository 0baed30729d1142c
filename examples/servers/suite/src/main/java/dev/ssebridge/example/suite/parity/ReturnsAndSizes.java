package dev.ssebridge.example.suite.parity;

import static dev.ssebridge.example.suite.parity.Client.bytesOf;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.List;

/** What methods return, how large messages may be, and what is inherited. */
public final class ReturnsAndSizes {
  private ReturnsAndSizes() {}

  @ServerEndpoint("/return/text")
  public static class ReturnsText extends Noting {
    @OnMessage
    public String message(String text) {
      return text.equals("null") ? null : "re: " + text;
    }
  }

  @ServerEndpoint("/return/bytes")
  public static class ReturnsBytes extends Noting {
    @OnMessage
    public byte[] message(String text) {
      return Client.utf8(text);
    }
  }

  @ServerEndpoint("/return/buffer")
  public static class ReturnsBuffer extends Noting {
    @OnMessage
    public ByteBuffer message(ByteBuffer bytes) {
      return ByteBuffer.allocate(3).put((byte) 9).put(bytes).flip();
    }
  }

  @ServerEndpoint("/return/int")
  public static class ReturnsInt extends Noting {
    @OnMessage
    public int message(String text) {
      return text.length();
    }
  }

  @ServerEndpoint("/return/Long")
  public static class ReturnsLong extends Noting {
    @OnMessage
    public Long message(String text) {
      return Long.valueOf(text);
    }
  }

  @ServerEndpoint("/return/boolean")
  public static class ReturnsBoolean extends Noting {
    @OnMessage
    public boolean message(String text) {
      return text.isEmpty();
    }
  }

  @ServerEndpoint("/return/char")
  public static class ReturnsChar extends Noting {
    @OnMessage
    public char message(String text) {
      return text.charAt(0);
    }
  }

  @ServerEndpoint("/return/double")
  public static class ReturnsDouble extends Noting {
    @OnMessage
    public double message(String text) {
      return Double.parseDouble(text);
    }
  }

  @ServerEndpoint("/return/object")
  public static class ReturnsObject extends Noting {
    @OnMessage
    public Object message(String text) {
      return text.equals("bytes") ? new byte[] {1} : text;
    }
  }

  @ServerEndpoint("/return/unknown")
  public static class ReturnsUnknown extends Noting {
    @OnMessage
    public Object message(String text) {
      return new StringBuilder(text);
    }
  }

  @ServerEndpoint("/return/from-part")
  public static class ReturnsFromPart extends Noting {
    @OnMessage
    public String message(String part, boolean last) {
      return last ? "last " + part : null;
    }
  }

  /** Notes why it was closed. */
  public abstract static class NotingReason {
    private final int run = Calls.run();

    @OnError
    public void error(Throwable error) {
      Calls.failed(run, error);
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode().getCode());
    }
  }

  @ServerEndpoint("/size/text")
  public static class SmallTexts extends NotingReason {
    @OnMessage(maxMessageSize = 6)
    public void message(String text) {
      Calls.heard(text);
    }
  }

  @ServerEndpoint("/size/bytes")
  public static class SmallBytes extends NotingReason {
    @OnMessage(maxMessageSize = 4)
    public void message(byte[] bytes) {
      Calls.heard("bytes " + bytes.length);
    }
  }

  @ServerEndpoint("/size/buffer")
  public static class SmallBuffers extends NotingReason {
    @OnMessage(maxMessageSize = 4)
    public void message(ByteBuffer bytes) {
      Calls.heard("bytes " + bytes.remaining());
    }
  }

  @ServerEndpoint("/size/large")
  public static class LargeTexts extends NotingReason {
    @OnMessage(maxMessageSize = 200_000)
    public int message(String text) {
      return text.length();
    }
  }

  @ServerEndpoint("/size/session")
  public static class SessionLimits extends NotingReason {
    @OnOpen
    public void open(Session session) {
      session.setMaxTextMessageBufferSize(5);
      session.setMaxBinaryMessageBufferSize(3);
      Calls.heard(
          session.getMaxTextMessageBufferSize() + " " + session.getMaxBinaryMessageBufferSize());
    }

    @OnMessage
    public void text(String text) {
      Calls.heard(text);
    }

    @OnMessage
    public void binary(byte[] bytes) {
      Calls.heard("bytes " + bytes.length);
    }
  }

  /** Everything is in here. */
  public static class Ancestor {
    @OnOpen
    public void open(Session session) {
      Calls.heard("ancestor's open");
    }

    @OnMessage
    public String message(String text) {
      return "ancestor " + text;
    }

    @OnMessage
    public String bytes(byte[] bytes) {
      return "ancestor " + bytes.length;
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("ancestor's error");
    }

    @OnClose
    public void close() {
      Calls.heard("close: ancestor's");
    }
  }

  @ServerEndpoint("/inherit/all")
  public static class InheritsAll extends Ancestor {}

  @ServerEndpoint("/inherit/adds")
  public static class Adds extends NotingReason {
    @OnMessage
    public String message(String text) {
      return "own " + text;
    }
  }

  private static Case returns(String what, Class<?> endpoint, String said, String got) {
    return Case.of("an @OnMessage that returns " + what, endpoint)
        .says(said)
        .hears("close")
        .getsThenCloses(got);
  }

  static List<Case> cases() {
    return List.of(
        returns("a String", ReturnsText.class, "a", "text re: a"),
        returns("a byte[]", ReturnsBytes.class, "a", "binary 61"),
        returns("an int", ReturnsInt.class, "abc", "text 3"),
        returns("a Long", ReturnsLong.class, "-5", "text -5"),
        returns("a boolean", ReturnsBoolean.class, "", "text true"),
        returns("a char", ReturnsChar.class, "xyz", "text x"),
        returns("a double", ReturnsDouble.class, "0.5", "text 0.5"),
        returns("an Object that is a String", ReturnsObject.class, "a", "text a"),
        returns("an Object that is a byte[]", ReturnsObject.class, "bytes", "binary 01"),
        Case.of("an @OnMessage that returns a ByteBuffer", ReturnsBuffer.class)
            .runs(c -> c.binary(1, 2))
            .hears("close")
            .getsThenCloses("binary 090102"),
        Case.of("an @OnMessage that returns null sends nothing", ReturnsText.class)
            .says("null", "a")
            .hears("close")
            .getsThenCloses("text re: a"),
        Case.of("an @OnMessage that returns what nothing encodes", ReturnsUnknown.class)
            .says("a")
            .hears("error EncodeException", "close")
            .getsThenCloses(),
        Case.of("an @OnMessage of parts that returns a String", ReturnsFromPart.class)
            .runs(
                c -> {
                  c.textPart("a", false);
                  c.textPart("b", true);
                })
            .hears("close")
            .getsThenCloses("text last b"),
        Case.of("a text of just the size allowed", SmallTexts.class)
            .says("123456")
            .hears("123456", "close 1000")
            .getsThenCloses(),
        Case.of("a text larger than allowed closes with 1009", SmallTexts.class)
            .runs(
                c -> {
                  c.text("1234567");
                  c.awaitClose();
                  c.text("more");
                })
            .hears("close 1009")
            .gets("close 1009 *"),
        Case.of("parts of a text larger than allowed close with 1009", SmallTexts.class)
            .runs(
                c -> {
                  c.textPart("1234", false);
                  c.textPart("567", true);
                  c.awaitClose();
                })
            .hears("close 1009")
            .gets("close 1009 *"),
        Case.of("bytes of just the size allowed", SmallBytes.class)
            .runs(c -> c.binary(1, 2, 3, 4))
            .hears("bytes 4", "close 1000")
            .getsThenCloses(),
        Case.of("a byte[] larger than allowed closes with 1009", SmallBytes.class)
            .runs(
                c -> {
                  c.binary(1, 2, 3, 4, 5);
                  c.awaitClose();
                })
            .hears("close 1009")
            .gets("close 1009 *"),
        Case.of("a ByteBuffer larger than allowed closes with 1009", SmallBuffers.class)
            .runs(
                c -> {
                  c.binary(1, 2, 3, 4, 5);
                  c.awaitClose();
                })
            .hears("close 1009")
            .gets("close 1009 *"),
        Case.of("a maxMessageSize above the container's own limit", LargeTexts.class)
            .says("x".repeat(150_000))
            .hears("close 1000")
            .getsThenCloses("text 150000"),
        Case.of("a session's own limits of texts", SessionLimits.class)
            .runs(
                c -> {
                  c.text("12345");
                  c.binary(1, 2, 3);
                  c.text("123456");
                  c.awaitClose();
                })
            .hears("5 3", "12345", "bytes 3", "close 1009")
            .gets("close 1009 *"),
        Case.of("a session's own limits of binary messages", SessionLimits.class)
            .runs(
                c -> {
                  c.binary(1, 2, 3, 4);
                  c.awaitClose();
                })
            .hears("5 3", "close 1009")
            .gets("close 1009 *"),
        Case.of("an endpoint that inherits every method", InheritsAll.class)
            .runs(
                c -> {
                  c.text("a");
                  c.binaryPart(bytesOf(1, 2), true);
                })
            .hears("ancestor's open", "close: ancestor's")
            .getsThenCloses("text ancestor a", "text ancestor 2"),
        Case.of("an endpoint that adds to what it inherits", Adds.class)
            .says("a")
            .hears("close 1000")
            .getsThenCloses("text own a"));
  }
}
