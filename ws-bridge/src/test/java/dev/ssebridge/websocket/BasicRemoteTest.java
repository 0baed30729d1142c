package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BasicRemoteTest {
  /** Keeps what is sent; tells nobody that it was written. */
  private static final class Sent implements Outbound {
    final List<String> messages = new ArrayList<>();
    boolean closed;

    @Override
    public void requireTaking() throws IOException {
      if (closed) {
        throw new IOException("closed");
      }
    }

    @Override
    public void send(Encoded message) throws IOException {
      requireTaking();
      messages.add(
          message instanceof Encoded.Text text
              ? text.text()
              : ((Encoded.Binary) message).bytes().remaining() + " bytes");
    }

    @Override
    public void sendLater(Encoded message, Consumer<@Nullable IOException> done)
        throws IOException {
      send(message);
    }

    @Override
    public void sendControl(boolean ping, ByteBuffer data) {
      throw new AssertionError("nobody asked");
    }

    @Override
    public Encoded encode(Object message) {
      throw new AssertionError("nobody asked");
    }
  }

  private final Sent sent = new Sent();
  private final BasicRemote remote = new BasicRemote(sent);

  @Test
  void aStreamThatIsNotWrittenSendsNothing() throws IOException {
    remote.getSendWriter().close();
    remote.getSendStream().close();
    assertEquals(List.of(), sent.messages);
  }

  @Test
  void anEmptyWriteSendsAnEmptyMessage() throws IOException {
    try (Writer writer = remote.getSendWriter()) {
      writer.write("");
    }
    try (OutputStream stream = remote.getSendStream()) {
      stream.write(new byte[0]);
    }
    assertEquals(List.of("", "0 bytes"), sent.messages);
  }

  @Test
  void aClosedStreamTakesNoMore() throws IOException {
    Writer writer = remote.getSendWriter();
    writer.write("a");
    writer.close();
    writer.close();
    assertThrows(IOException.class, () -> writer.write("b"));
    OutputStream stream = remote.getSendStream();
    stream.write(1);
    stream.close();
    assertThrows(IOException.class, () -> stream.write(2));
    assertEquals(List.of("a", "1 bytes"), sent.messages);
  }

  @Test
  void aPartForAClosedSessionIsRefusedAtOnce() {
    sent.closed = true;
    assertThrows(IOException.class, () -> remote.sendText("a", false));
    assertThrows(IOException.class, () -> remote.sendBinary(ByteBuffer.allocate(1), false));
    assertThrows(IOException.class, () -> remote.getSendWriter().write("a"));
  }

  @Test
  void aSendThatIsNeverWrittenFailsWhenItsTimeIsOver() throws Exception {
    AsyncRemote async = new AsyncRemote(sent);
    async.setSendTimeout(1);
    var future = async.sendText("a");
    var failure = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
    assertEquals(TimeoutException.class, failure.getCause().getClass());
    assertEquals(List.of("a"), sent.messages);
  }
}
