package dev.ssebridge.example.suite.parity;

import static dev.ssebridge.example.suite.parity.Client.bytesOf;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;

/** Handlers that a program adds and removes (Jakarta WebSocket 2.1 §2.1.3). */
public final class Handlers {
  private Handlers() {}

  @ServerEndpoint("/handler/whole-text")
  public static class WholeText extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(String.class, text -> Calls.heard("handler " + text));
    }
  }

  @ServerEndpoint("/handler/untyped-text")
  public static class UntypedText extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          new MessageHandler.Whole<String>() {
            @Override
            public void onMessage(String text) {
              Calls.heard("handler " + text);
            }
          });
    }
  }

  @ServerEndpoint("/handler/reader")
  public static class WholeReader extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          new MessageHandler.Whole<Reader>() {
            @Override
            public void onMessage(Reader reader) {
              Calls.tried("reader", () -> MessageParameters.all(reader));
            }
          });
    }
  }

  @ServerEndpoint("/handler/bytes")
  public static class WholeBytes extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          byte[].class, bytes -> Calls.heard("bytes " + HexFormat.of().formatHex(bytes)));
    }
  }

  @ServerEndpoint("/handler/buffer")
  public static class WholeBuffer extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          ByteBuffer.class, bytes -> Calls.heard("buffer " + MessageParameters.hex(bytes)));
    }
  }

  @ServerEndpoint("/handler/stream")
  public static class WholeStream extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          InputStream.class,
          stream -> Calls.tried("stream", () -> HexFormat.of().formatHex(stream.readAllBytes())));
    }
  }

  @ServerEndpoint("/handler/pong")
  public static class WholePong extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          PongMessage.class,
          pong -> Calls.heard("pong " + MessageParameters.hex(pong.getApplicationData())));
    }
  }

  @ServerEndpoint("/handler/text-parts")
  public static class PartialText extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          String.class, (part, last) -> Calls.heard("part " + part + " " + last));
    }
  }

  @ServerEndpoint("/handler/buffer-parts")
  public static class PartialBuffer extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          ByteBuffer.class,
          (part, last) -> Calls.heard("part " + MessageParameters.hex(part) + " " + last));
    }
  }

  @ServerEndpoint("/handler/bytes-parts")
  public static class PartialBytes extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          new MessageHandler.Partial<byte[]>() {
            @Override
            public void onMessage(byte[] part, boolean last) {
              Calls.heard("part " + HexFormat.of().formatHex(part) + " " + last);
            }
          });
    }
  }

  @ServerEndpoint("/handler/twice")
  public static class Twice extends Noting {
    @OnOpen
    public void open(Session session) {
      Calls.did("first", () -> session.addMessageHandler(String.class, text -> {}));
      Calls.did("second", () -> session.addMessageHandler(String.class, text -> {}));
      Calls.did("reader", () -> session.addMessageHandler(Reader.class, reader -> {}));
      Calls.did("parts", () -> session.addMessageHandler(String.class, (part, last) -> {}));
      Calls.did("bytes", () -> session.addMessageHandler(byte[].class, bytes -> {}));
      Calls.did("buffer", () -> session.addMessageHandler(ByteBuffer.class, bytes -> {}));
      Calls.did("pong", () -> session.addMessageHandler(PongMessage.class, pong -> {}));
      Calls.did("pong again", () -> session.addMessageHandler(PongMessage.class, pong -> {}));
      Calls.tried("handlers", () -> session.getMessageHandlers().size());
    }
  }

  @ServerEndpoint("/handler/lambda")
  public static class UntypedLambda extends Noting {
    @OnOpen
    public void open(Session session) {
      MessageHandler.Whole<String> lambda = text -> {};
      try {
        session.addMessageHandler(lambda);
        Calls.heard("added");
      } catch (RuntimeException e) {
        Calls.heard("refused");
      }
    }
  }

  @ServerEndpoint("/handler/undecodable")
  public static class Undecodable extends Noting {
    @OnOpen
    public void open(Session session) {
      try {
        session.addMessageHandler(StringBuilder.class, message -> {});
        Calls.heard("added");
      } catch (RuntimeException e) {
        Calls.heard("refused");
      }
    }
  }

  @ServerEndpoint("/handler/set")
  public static class HandlerSet extends Noting {
    @OnOpen
    public void open(Session session) {
      MessageHandler.Whole<String> mine = text -> {};
      session.addMessageHandler(String.class, mine);
      Calls.tried("has it", () -> session.getMessageHandlers().contains(mine));
      Calls.did("clear", () -> session.getMessageHandlers().clear());
      var before = session.getMessageHandlers();
      session.removeMessageHandler(mine);
      Calls.heard("a copy: " + before.size() + " " + session.getMessageHandlers().size());
    }
  }

  /** Each message replaces the handler for the next one. */
  @ServerEndpoint("/handler/exchange")
  public static class Exchange extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(String.class, new First(session));
    }

    private record First(Session session) implements MessageHandler.Whole<String> {
      @Override
      public void onMessage(String text) {
        Calls.heard("first " + text);
        session.removeMessageHandler(this);
        session.addMessageHandler(String.class, other -> Calls.heard("second " + other));
      }
    }
  }

  @ServerEndpoint("/handler/none-left")
  public static class NoneLeft extends Noting {
    @OnOpen
    public void open(Session session) {
      MessageHandler.Whole<String> handler =
          new MessageHandler.Whole<>() {
            @Override
            public void onMessage(String text) {
              Calls.heard("once " + text);
              session.removeMessageHandler(this);
            }
          };
      session.addMessageHandler(String.class, handler);
      session.addMessageHandler(byte[].class, bytes -> Calls.heard("bytes " + bytes.length));
    }
  }

  /** A handler that fails, in an endpoint with an {@code @OnError}. */
  @ServerEndpoint("/handler/fails")
  public static class Fails extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(
          String.class,
          text -> {
            if (text.equals("boom")) {
              throw new IllegalArgumentException(text);
            }
            Calls.heard("handler " + text);
          });
    }
  }

  /** A method for texts, a handler for the rest. */
  @ServerEndpoint("/handler/mixed")
  public static class Mixed extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(byte[].class, bytes -> Calls.heard("bytes " + bytes.length));
      try {
        session.addMessageHandler(String.class, text -> {});
        Calls.heard("added");
      } catch (IllegalStateException e) {
        Calls.heard("refused");
      }
    }

    @OnMessage
    public void text(String text) {
      Calls.heard("text " + text);
    }
  }

  @ServerEndpoint("/handler/integer")
  public static class WholeInteger extends Noting {
    @OnOpen
    public void open(Session session) {
      session.addMessageHandler(Integer.class, number -> Calls.heard("number " + number));
    }
  }

  static List<Case> cases() {
    return List.of(
        Case.of("a handler of texts", WholeText.class)
            .says("a", "b")
            .hears("handler a", "handler b", "close")
            .getsThenCloses(),
        Case.of("a handler that tells its type", UntypedText.class)
            .says("a")
            .hears("handler a", "close")
            .getsThenCloses(),
        Case.of("a handler of a Reader", WholeReader.class)
            .says("a")
            .hears("reader: a", "close")
            .getsThenCloses(),
        Case.of("a handler of byte[]", WholeBytes.class)
            .runs(c -> c.binary(1, 2))
            .hears("bytes 0102", "close")
            .getsThenCloses(),
        Case.of("a handler of ByteBuffer", WholeBuffer.class)
            .runs(c -> c.binary(1, 2))
            .hears("buffer 0102", "close")
            .getsThenCloses(),
        Case.of("a handler of InputStream", WholeStream.class)
            .runs(c -> c.binary(1, 2))
            .hears("stream: 0102", "close")
            .getsThenCloses(),
        Case.of("a handler of pongs", WholePong.class)
            .runs(c -> c.pong(bytesOf(1, 2)))
            .hears("pong 0102", "close")
            .getsThenCloses(),
        Case.of("a handler of parts of texts", PartialText.class)
            .runs(
                c -> {
                  c.textPart("a", false);
                  c.textPart("b", true);
                })
            .hears("part a false", "part b true", "close")
            .getsThenCloses(),
        Case.of("a handler of parts as ByteBuffer", PartialBuffer.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(1), false);
                  c.binaryPart(bytesOf(2), true);
                })
            .hears("part 01 false", "part 02 true", "close")
            .getsThenCloses(),
        Case.of("a handler of parts as byte[]", PartialBytes.class)
            .runs(
                c -> {
                  c.binaryPart(bytesOf(1), false);
                  c.binaryPart(bytesOf(2), true);
                })
            .hears("part 01 false", "part 02 true", "close")
            .getsThenCloses(),
        Case.of("one handler for each kind of message", Twice.class)
            .hears(
                "first: done",
                "second: IllegalStateException",
                "reader: IllegalStateException",
                "parts: IllegalStateException",
                "bytes: done",
                "buffer: IllegalStateException",
                "pong: done",
                "pong again: IllegalStateException",
                "handlers: 3",
                "close")
            .getsThenCloses(),
        Case.of("a lambda without a type is refused", UntypedLambda.class)
            .hears("refused", "close")
            .getsThenCloses(),
        Case.of("a handler of a type that nothing decodes is refused", Undecodable.class)
            .hears("refused", "close")
            .getsThenCloses(),
        Case.of("the set of handlers is a copy that cannot be changed", HandlerSet.class)
            .hears("has it: true", "clear: UnsupportedOperationException", "a copy: 1 0", "close")
            .getsThenCloses(),
        Case.of("a handler that replaces itself", Exchange.class)
            .says("a", "b", "c")
            .hears("first a", "second b", "second c", "close")
            .getsThenCloses(),
        Case.of("a handler that is exchanged between parts keeps its message", Exchange.class)
            .runs(
                c -> {
                  c.textPart("a", false);
                  c.textPart("b", true);
                  c.text("c");
                })
            .hears("first ab", "second c", "close")
            .getsThenCloses(),
        Case.of("messages after the handler was removed are dropped", NoneLeft.class)
            .runs(
                c -> {
                  c.text("a");
                  c.text("b");
                  c.binary(1);
                })
            .hears("once a", "bytes 1", "close")
            .getsThenCloses(),
        Case.of("a handler's exception reaches @OnError", Fails.class)
            .says("boom", "after")
            .hears("error IllegalArgumentException", "handler after", "close")
            .getsThenCloses(),
        Case.of("handlers next to methods", Mixed.class)
            .runs(
                c -> {
                  c.text("a");
                  c.binary(1);
                })
            .hears("refused", "text a", "bytes 1", "close")
            .getsThenCloses(),
        Case.of("a handler of Integer without a decoder", WholeInteger.class)
            .says("12")
            .hears("number 12", "close")
            .getsThenCloses());
  }
}
