package dev.ssebridge.example.suite.parity;

import static dev.ssebridge.example.suite.parity.Client.bytesOf;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import jakarta.websocket.OnMessage;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code RemoteEndpoint.Basic} and {@code Async}. Each endpoint does its own when told to. */
public final class Sending {
  private Sending() {}

  @ServerEndpoint("/send/basic")
  public static class Basic extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic remote = session.getBasicRemote();
      remote.sendText("");
      remote.sendText(" \u00e4\r\n\uD83D\uDE00 ");
      ByteBuffer bytes = ByteBuffer.wrap(bytesOf(0, 1, 2, 3, 4));
      bytes.position(1).limit(3);
      remote.sendBinary(bytes);
      Calls.heard("position " + bytes.position() + " limit " + bytes.limit());
      remote.sendBinary(ByteBuffer.allocate(0));
      remote.sendBinary(ByteBuffer.allocateDirect(2).put((byte) 7).put((byte) 8).flip());
      remote.sendText("x".repeat(100_000));
    }
  }

  @ServerEndpoint("/send/parts")
  public static class Parts extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic remote = session.getBasicRemote();
      remote.sendText("one ", false);
      remote.sendText("", false);
      remote.sendText("two", true);
      remote.sendText("alone", true);
      remote.sendText("", false);
      remote.sendText("", true);
      ByteBuffer part = ByteBuffer.wrap(bytesOf(1, 2));
      remote.sendBinary(part, false);
      Calls.heard("left " + part.remaining());
      remote.sendBinary(ByteBuffer.wrap(bytesOf(3)), true);
    }
  }

  @ServerEndpoint("/send/ping-in-parts")
  public static class PingInParts extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic remote = session.getBasicRemote();
      remote.sendText("one ", false);
      remote.sendPing(ByteBuffer.wrap(bytesOf(1)));
      remote.sendText("two", true);
    }
  }

  @ServerEndpoint("/send/streams")
  public static class Streams extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic remote = session.getBasicRemote();
      Writer writer = remote.getSendWriter();
      writer.write("written ");
      writer.flush();
      writer.append("in pieces");
      writer.close();
      OutputStream stream = remote.getSendStream();
      stream.write(1);
      stream.flush();
      stream.write(bytesOf(2, 3));
      stream.close();
      Calls.did("again close", stream::close);
      try (Writer w = remote.getSendWriter()) {
        w.write("");
      }
      try (OutputStream s = remote.getSendStream()) {
        s.write(new byte[0]);
      }
    }
  }

  @ServerEndpoint("/send/unused-streams")
  public static class UnusedStreams extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      session.getBasicRemote().getSendWriter().close();
      session.getBasicRemote().getSendStream().close();
      session.getBasicRemote().sendText("after");
    }
  }

  @ServerEndpoint("/send/closed-streams")
  public static class ClosedStreams extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      Writer writer = session.getBasicRemote().getSendWriter();
      writer.write("a");
      writer.close();
      Calls.did("write", () -> writer.write("b"));
      OutputStream stream = session.getBasicRemote().getSendStream();
      stream.write(1);
      stream.close();
      Calls.did("write", () -> stream.write(2));
    }
  }

  @ServerEndpoint("/send/pings")
  public static class Pings extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic basic = session.getBasicRemote();
      RemoteEndpoint.Async async = session.getAsyncRemote();
      ByteBuffer data = ByteBuffer.wrap(bytesOf(1, 2));
      basic.sendPing(data);
      Calls.heard("left " + data.remaining());
      basic.sendPong(ByteBuffer.wrap(bytesOf(3)));
      async.sendPing(ByteBuffer.wrap(bytesOf(4)));
      async.sendPong(ByteBuffer.allocate(0));
      basic.sendPing(ByteBuffer.allocate(125));
    }
  }

  @ServerEndpoint("/send/large-pings")
  public static class LargePings extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      ByteBuffer tooLarge = ByteBuffer.allocate(126);
      Calls.did("ping", () -> session.getBasicRemote().sendPing(tooLarge.duplicate()));
      Calls.did("pong", () -> session.getBasicRemote().sendPong(tooLarge.duplicate()));
      Calls.did("ping", () -> session.getAsyncRemote().sendPing(tooLarge.duplicate()));
      Calls.did("pong", () -> session.getAsyncRemote().sendPong(tooLarge.duplicate()));
    }
  }

  @ServerEndpoint("/send/nulls")
  public static class Nulls extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      RemoteEndpoint.Basic basic = session.getBasicRemote();
      Calls.did("text", () -> basic.sendText(null));
      Calls.did("binary", () -> basic.sendBinary(null));
      Calls.did("text part", () -> basic.sendText(null, true));
      Calls.did("binary part", () -> basic.sendBinary(null, true));
      Calls.did("object", () -> basic.sendObject(null));
      RemoteEndpoint.Async async = session.getAsyncRemote();
      Calls.did("async text", () -> async.sendText(null));
      Calls.did("async binary", () -> async.sendBinary(null));
      Calls.did("async object", () -> async.sendObject(null));
      Calls.did("text of a handler", () -> async.sendText(null, result -> {}));
      Calls.did("binary of a handler", () -> async.sendBinary(null, result -> {}));
      Calls.did("object of a handler", () -> async.sendObject(null, result -> {}));
      SendHandler none = null;
      Calls.did("text without handler", () -> async.sendText("a", none));
      Calls.did("binary without handler", () -> async.sendBinary(ByteBuffer.allocate(1), none));
      Calls.did("object without handler", () -> async.sendObject("a", none));
    }
  }

  @ServerEndpoint("/send/futures")
  public static class Futures extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      RemoteEndpoint.Async remote = session.getAsyncRemote();
      Calls.tried("text", () -> remote.sendText("a").get(5, TimeUnit.SECONDS));
      ByteBuffer bytes = ByteBuffer.wrap(bytesOf(1, 2));
      Calls.tried("binary", () -> remote.sendBinary(bytes).get(5, TimeUnit.SECONDS));
      Calls.heard("left " + bytes.remaining());
      Calls.tried("object", () -> remote.sendObject(3).get(5, TimeUnit.SECONDS));
      Calls.tried("done", () -> remote.sendText("b").isCancelled());
    }
  }

  @ServerEndpoint("/send/handlers")
  public static class SendHandlers extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      RemoteEndpoint.Async remote = session.getAsyncRemote();
      remote.sendText(
          "a",
          first -> {
            Calls.heard("text " + first.isOK() + " " + first.getException());
            remote.sendBinary(
                ByteBuffer.wrap(bytesOf(1)),
                second -> {
                  Calls.heard("binary " + second.isOK());
                  remote.sendObject(7L, third -> Calls.heard("object " + third.isOK()));
                });
          });
    }
  }

  @ServerEndpoint("/send/batches")
  public static class Batches extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      RemoteEndpoint.Basic remote = session.getBasicRemote();
      Calls.heard("batching " + remote.getBatchingAllowed());
      remote.setBatchingAllowed(true);
      Calls.heard("batching " + remote.getBatchingAllowed());
      remote.sendText("a");
      remote.sendText("b");
      remote.flushBatch();
      remote.sendText("c");
      remote.setBatchingAllowed(false);
      Calls.heard("batching " + remote.getBatchingAllowed());
      remote.flushBatch();
    }
  }

  @ServerEndpoint("/send/timeouts")
  public static class Timeouts extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      RemoteEndpoint.Async remote = session.getAsyncRemote();
      Calls.heard(
          "the container's "
              + (remote.getSendTimeout() == session.getContainer().getDefaultAsyncSendTimeout()));
      remote.setSendTimeout(1234);
      Calls.heard("timeout " + remote.getSendTimeout());
      Calls.heard("kept " + session.getAsyncRemote().getSendTimeout());
      remote.setSendTimeout(-1);
      Calls.tried("text", () -> remote.sendText("a").get(5, TimeUnit.SECONDS));
    }
  }

  /** Eight threads send a hundred messages each; the container's own thread does not wait. */
  @ServerEndpoint("/send/threads")
  public static class Threads extends Noting {
    @OnMessage
    public void go(String text, Session session) {
      for (int t = 0; t < 8; t++) {
        String name = "thread " + t;
        Thread thread = new Thread(() -> report(name, session));
        thread.setDaemon(true);
        thread.start();
      }
    }

    /** Only what fails is noted: who is done first is anybody's guess. */
    private static void report(String name, Session session) {
      try {
        send(session, name);
      } catch (IOException | RuntimeException e) {
        Calls.heard(name + " failed: " + e);
      }
    }

    private static void send(Session session, String name) throws IOException {
      for (int i = 0; i < 100; i++) {
        synchronized (session) { // as every portable application has to
          session.getBasicRemote().sendText(name + " " + i);
        }
      }
    }
  }

  @ServerEndpoint("/send/same-remote")
  public static class SameRemote extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      for (int i = 0; i < 3; i++) {
        session.getBasicRemote().sendText("basic " + i);
        session.getAsyncRemote().sendText("async " + i).get(5, TimeUnit.SECONDS);
      }
    }
  }

  @ServerEndpoint("/send/broken-text")
  public static class BrokenText extends Noting {
    @OnMessage
    public void go(String text, Session session) throws Exception {
      session.getBasicRemote().sendText("\uD83D", false);
      session.getBasicRemote().sendText("\uDE00", true);
    }
  }

  /** Which thread comes first is anybody's guess, but each must keep its own order. */
  private static String inOrder(List<String> received) {
    for (int t = 0; t < 8; t++) {
      String start = "text thread " + t + " ";
      List<String> own = received.stream().filter(each -> each.startsWith(start)).toList();
      for (int i = 0; i < own.size(); i++) {
        if (!own.get(i).equals(start + i)) {
          return own.get(i) + " at place " + i;
        }
      }
    }
    return received.size() + " messages, each thread's in order";
  }

  private static Case told(String name, Class<?> endpoint) {
    return Case.of(name, endpoint).says("go");
  }

  static List<Case> cases() {
    return List.of(
        told("texts and bytes of every kind", Basic.class)
            .hears("position 3 limit 3", "close")
            .getsThenCloses(
                "text ",
                "text  \u00e4\r\n\uD83D\uDE00 ",
                "binary 0102",
                "binary ",
                "binary 0708",
                "text " + "x".repeat(100_000)),
        told("messages sent in parts arrive whole", Parts.class)
            .hears("left 0", "close")
            .getsThenCloses("text one two", "text alone", "text ", "binary 010203"),
        told("a ping between parts", PingInParts.class)
            .hears("close")
            .getsThenCloses("ping 01", "text one two"),
        told("a surrogate pair cut by a part", BrokenText.class)
            .hears("close")
            .getsThenCloses("text \uD83D\uDE00"),
        told("a writer and a stream", Streams.class)
            .hears("again close: done", "close")
            .getsThenCloses("text written in pieces", "binary 010203", "text ", "binary "),
        told("a writer and a stream that are not written to send nothing", UnusedStreams.class)
            .hears("close")
            .getsThenCloses("text after"),
        told("a writer and a stream that are closed take no more", ClosedStreams.class)
            .hears("write: IOException", "write: IOException", "close")
            .getsThenCloses("text a", "binary 01"),
        told("pings and pongs", Pings.class)
            .hears("left 0", "close")
            .getsThenCloses("ping 0102", "pong 03", "ping 04", "pong ", "ping " + "00".repeat(125)),
        told("pings and pongs that are too large", LargePings.class)
            .hears(
                "ping: IllegalArgumentException",
                "pong: IllegalArgumentException",
                "ping: IllegalArgumentException",
                "pong: IllegalArgumentException",
                "close")
            .getsThenCloses(),
        told("nulls", Nulls.class)
            .hears(
                "text: IllegalArgumentException",
                "binary: IllegalArgumentException",
                "text part: IllegalArgumentException",
                "binary part: IllegalArgumentException",
                "object: IllegalArgumentException",
                "async text: IllegalArgumentException",
                "async binary: IllegalArgumentException",
                "async object: IllegalArgumentException",
                "text of a handler: IllegalArgumentException",
                "binary of a handler: IllegalArgumentException",
                "object of a handler: IllegalArgumentException",
                "text without handler: IllegalArgumentException",
                "binary without handler: IllegalArgumentException",
                "object without handler: IllegalArgumentException",
                "close")
            .getsThenCloses(),
        told("futures", Futures.class)
            .hears("text: null", "binary: null", "left 0", "object: null", "done: false", "close")
            .getsThenCloses("text a", "binary 0102", "text 3", "text b"),
        told("send handlers", SendHandlers.class)
            .runs(
                c -> {
                  c.text("go");
                  Calls.await("object true"::equals);
                })
            .hears("text true null", "binary true", "object true", "close")
            .getsThenCloses("text a", "binary 01", "text 7"),
        told("batches", Batches.class)
            .hears("batching false", "batching true", "batching false", "close")
            .getsThenCloses("text a", "text b", "text c"),
        told("timeouts of asynchronous sends", Timeouts.class)
            .hears("the container's true", "timeout 1234", "kept 1234", "text: null", "close")
            .getsThenCloses("text a"),
        told("many threads", Threads.class)
            .runs(
                c -> {
                  c.text("go");
                  c.await(800);
                  c.fold(Sending::inOrder);
                })
            .hears("close")
            .getsThenCloses("800 messages, each thread's in order"),
        told("the two remotes of a session keep one order", SameRemote.class)
            .hears("close")
            .getsThenCloses(
                "text basic 0",
                "text async 0",
                "text basic 1",
                "text async 1",
                "text basic 2",
                "text async 2"));
  }
}
