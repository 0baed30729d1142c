package dev.ssebridge.example.suite.parity;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Encoders and decoders (Jakarta WebSocket 2.1 §4.1.2, §4.1.3). */
public final class Coding {
  private Coding() {}

  /** What the coders are for. */
  public record Word(String text) {}

  /** A coder in both directions has to say which of two default methods it means. */
  public abstract static class BothWays {
    public void init(EndpointConfig config) {}

    public void destroy() {}
  }

  public static class WordText extends BothWays implements Decoder.Text<Word>, Encoder.Text<Word> {
    @Override
    public Word decode(String text) throws DecodeException {
      if (text.equals("bad")) {
        throw new DecodeException(text, "as asked");
      }
      if (text.equals("worse")) {
        throw new IllegalStateException("as asked");
      }
      return text.equals("null") ? null : new Word("t:" + text);
    }

    @Override
    public boolean willDecode(String text) {
      return !text.equals("no");
    }

    @Override
    public String encode(Word word) throws EncodeException {
      if (word.text().endsWith("refuse")) {
        throw new EncodeException(word, "as asked");
      }
      return "T:" + word.text();
    }
  }

  public static class WordTextStream extends BothWays
      implements Decoder.TextStream<Word>, Encoder.TextStream<Word> {
    @Override
    public Word decode(Reader reader) throws IOException {
      return new Word("ts:" + MessageParameters.all(reader));
    }

    @Override
    public void encode(Word word, Writer writer) throws IOException {
      writer.write("TS:");
      writer.write(word.text());
    }
  }

  public static class WordBinary extends BothWays
      implements Decoder.Binary<Word>, Encoder.Binary<Word> {
    @Override
    public Word decode(ByteBuffer bytes) {
      return new Word("b:" + StandardCharsets.UTF_8.decode(bytes));
    }

    @Override
    public boolean willDecode(ByteBuffer bytes) {
      return bytes.remaining() > 0;
    }

    @Override
    public ByteBuffer encode(Word word) {
      return ByteBuffer.wrap(Client.utf8("B:" + word.text()));
    }
  }

  public static class WordBinaryStream extends BothWays
      implements Decoder.BinaryStream<Word>, Encoder.BinaryStream<Word> {
    @Override
    public Word decode(InputStream stream) throws IOException {
      return new Word("bs:" + new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }

    @Override
    public void encode(Word word, OutputStream stream) throws IOException {
      stream.write(Client.utf8("BS:" + word.text()));
    }
  }

  /** Only takes what begins with a digit. */
  public static class Picky implements Decoder.Text<Word> {
    @Override
    public Word decode(String text) {
      return new Word("picky:" + text);
    }

    @Override
    public boolean willDecode(String text) {
      return !text.isEmpty() && Character.isDigit(text.charAt(0));
    }
  }

  /** Notes its life. */
  public static class Living implements Decoder.Text<Word>, Encoder.Text<Word> {
    @Override
    public void init(EndpointConfig config) {
      Calls.heard("init " + Calls.own(config.getUserProperties()));
    }

    @Override
    public void destroy() {
      Calls.heard("destroy");
    }

    @Override
    public Word decode(String text) {
      return new Word(text);
    }

    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public String encode(Word word) {
      return word.text();
    }
  }

  public static class HexInteger extends BothWays
      implements Decoder.Text<Integer>, Encoder.Text<Integer> {
    @Override
    public Integer decode(String text) {
      return Integer.valueOf(text, 16);
    }

    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public String encode(Integer number) {
      return Integer.toHexString(number);
    }
  }

  public static class ShoutedString implements Encoder.Text<String> {
    @Override
    public String encode(String text) {
      return text.toUpperCase(java.util.Locale.ROOT);
    }
  }

  public static class NumberText implements Encoder.Text<Number> {
    @Override
    public String encode(Number number) {
      return "number " + number;
    }
  }

  @ServerEndpoint(value = "/coder/text", decoders = WordText.class, encoders = WordText.class)
  public static class OverText extends Noting {
    @OnMessage
    public Word message(Word word) {
      Calls.heard("word " + (word == null ? null : word.text()));
      return word;
    }
  }

  @ServerEndpoint(
      value = "/coder/text-stream",
      decoders = WordTextStream.class,
      encoders = WordTextStream.class)
  public static class OverTextStream extends Noting {
    @OnMessage
    public Word message(Word word) {
      return word;
    }
  }

  @ServerEndpoint(value = "/coder/binary", decoders = WordBinary.class, encoders = WordBinary.class)
  public static class OverBinary extends Noting {
    @OnMessage
    public Word message(Word word) {
      return word;
    }
  }

  @ServerEndpoint(
      value = "/coder/binary-stream",
      decoders = WordBinaryStream.class,
      encoders = WordBinaryStream.class)
  public static class OverBinaryStream extends Noting {
    @OnMessage
    public Word message(Word word) {
      return word;
    }
  }

  @ServerEndpoint(
      value = "/coder/order",
      decoders = {Picky.class, WordText.class},
      encoders = WordText.class)
  public static class InOrder extends Noting {
    @OnMessage
    public String message(Word word) {
      return word.text();
    }
  }

  @ServerEndpoint(value = "/coder/life", decoders = Living.class)
  public static class DecoderLife {
    @OnOpen
    public void open() {
      Calls.heard("open");
    }

    @OnMessage
    public void message(Word word) {
      Calls.heard("word " + word.text());
    }

    @OnError
    public void error(Throwable error) {
      Calls.heard("error");
    }

    @OnClose
    public void close() {
      Calls.heard("closed");
    }
  }

  @ServerEndpoint(
      value = "/coder/primitive",
      decoders = HexInteger.class,
      encoders = HexInteger.class)
  public static class Primitives extends Noting {
    @OnMessage
    public Integer message(Integer number) {
      Calls.heard("number " + number);
      return number;
    }
  }

  @ServerEndpoint(
      value = "/coder/send",
      encoders = {WordText.class, NumberText.class})
  public static class Sends extends Noting {
    @OnMessage
    public void message(String text, Session session) {
      var remote = session.getBasicRemote();
      Calls.did("word", () -> remote.sendObject(new Word(text)));
      Calls.did("long", () -> remote.sendObject(7L));
      Calls.did("refused", () -> remote.sendObject(new Word("refuse")));
      Calls.did("unknown", () -> remote.sendObject(new StringBuilder()));
      Calls.did("text", () -> remote.sendObject("plain"));
      Calls.did("boolean", () -> remote.sendObject(true));
      Calls.did("char", () -> remote.sendObject('c'));
      Calls.did("bytes", () -> remote.sendObject(ByteBuffer.wrap(new byte[] {1})));
    }
  }

  @ServerEndpoint(value = "/coder/async", encoders = WordText.class)
  public static class SendsAsync extends Noting {
    @OnMessage
    public void message(String text, Session session) {
      var remote = session.getAsyncRemote();
      Calls.tried("word", () -> remote.sendObject(new Word(text)).get());
      Calls.tried("refused", () -> remote.sendObject(new Word("refuse")).get());
      remote.sendObject(
          new Word("handler"),
          first -> {
            Calls.heard("handler " + first.isOK());
            remote.sendObject(
                new Word("refuse"),
                second ->
                    Calls.heard("handler " + second.getException().getClass().getSimpleName()));
          });
    }
  }

  @ServerEndpoint(value = "/coder/string", encoders = ShoutedString.class)
  public static class Strings extends Noting {
    @OnMessage
    public void message(String text, Session session) throws Exception {
      session.getBasicRemote().sendObject(text);
      session.getBasicRemote().sendText(text);
    }
  }

  @ServerEndpoint(value = "/coder/handler", decoders = WordText.class)
  public static class WithHandler extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(Word.class, word -> Calls.heard("word " + word.text()));
    }
  }

  static List<Case> cases() {
    return List.of(
        Case.of("a Text decoder and encoder", OverText.class)
            .says("a")
            .hears("word t:a", "close")
            .getsThenCloses("text T:t:a"),
        Case.of("a TextStream decoder and encoder", OverTextStream.class)
            .says("a")
            .hears("close")
            .getsThenCloses("text TS:ts:a"),
        Case.of("a Binary decoder and encoder", OverBinary.class)
            .runs(c -> c.binary('a'))
            .hears("close")
            .getsThenCloses("binary 423a623a61"),
        Case.of("a BinaryStream decoder and encoder", OverBinaryStream.class)
            .runs(c -> c.binary('a'))
            .hears("close")
            .getsThenCloses("binary 42533a62733a61"),
        Case.of("parts of a message are decoded as one", OverText.class)
            .runs(
                c -> {
                  c.textPart("a", false);
                  c.textPart("b", true);
                })
            .hears("word t:ab", "close")
            .getsThenCloses("text T:t:ab"),
        Case.of("a decoder that refuses reaches @OnError", OverText.class)
            .says("bad", "a")
            .hears("error DecodeException", "word t:a", "close")
            .getsThenCloses("text T:t:a"),
        Case.of("a decoder that fails reaches @OnError", OverText.class)
            .says("worse", "a")
            .hears("error IllegalStateException", "word t:a", "close")
            .getsThenCloses("text T:t:a"),
        Case.of("an encoder that refuses reaches @OnError", OverText.class)
            .says("refuse", "a")
            .hears("word t:refuse", "error EncodeException", "word t:a", "close")
            .getsThenCloses("text T:t:a"),
        Case.of("the first decoder that will decode", InOrder.class)
            .says("1a", "a")
            .hears("close")
            .getsThenCloses("text picky:1a", "text t:a"),
        Case.of("coders live as long as the session", DecoderLife.class)
            .runs(
                c -> {
                  c.text("a");
                  c.close(1000, "");
                  Calls.await("destroy"::equals);
                })
            .hears("init {}", "open", "word a", "closed", "destroy")
            .getsThenCloses(),
        Case.of("coders of a primitive's box come before the container's own", Primitives.class)
            .says("ff")
            .hears("number 255", "close")
            .getsThenCloses("text ff"),
        Case.of("sendObject", Sends.class)
            .says("a")
            .hears(
                "word: done",
                "long: done",
                "refused: EncodeException",
                "unknown: EncodeException",
                "text: done",
                "boolean: done",
                "char: done",
                "bytes: done",
                "close")
            .getsThenCloses(
                "text T:a", "text number 7", "text plain", "text true", "text c", "binary 01"),
        Case.of("sendObject without waiting", SendsAsync.class)
            .runs(
                c -> {
                  c.text("a");
                  c.await(2);
                  Calls.await("handler EncodeException"::equals);
                })
            .hears(
                "word: null",
                "refused: ExecutionException",
                "handler true",
                "handler EncodeException",
                "close")
            .getsThenCloses("text T:a", "text T:handler"),
        Case.of("an encoder of String is for sendObject", Strings.class)
            .says("a")
            .hears("close")
            .getsThenCloses("text A", "text a"),
        Case.of("a handler of a decoded type", WithHandler.class)
            .says("a")
            .hears("word t:a", "close")
            .getsThenCloses());
  }
}
