package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedSessionTest {
  private static final String TOKEN = "abcdefghijklmnopqrstuv";
  private static final SavedSession.Opening OPENING =
      new SavedSession.Opening("ws://h/a?x=1", "x=1", Map.of("id", "7"), "v1", "ann", null);

  private static SavedSession with(long last, String sent, List<Upstream> taken) {
    return new SavedSession(TOKEN, "/a/{id}", OPENING, last, sent, 9, taken);
  }

  private static SavedSession again(SavedSession session) throws IOException {
    String line = session.toJson();
    assertFalse(line.contains("\n"), line);
    return SavedSession.ofJson(line);
  }

  @Test
  void everyKindOfMessageIsReadAsItWasWritten() throws IOException {
    List<Upstream> taken =
        List.of(
            new Upstream.Text("a\r\n\u0000\u20ac", 7, Upstream.Part.MORE),
            new Upstream.Text("", 0, Upstream.Part.LAST),
            new Upstream.Binary(new byte[] {0, -1}, Upstream.Part.WHOLE),
            new Upstream.Control(true, new byte[0]),
            new Upstream.Control(false, new byte[] {1}));
    String sent = "id: " + TOKEN + "-4\ndata: x\n\nid: " + TOKEN + "-5\nevent: b\ndata: \n\n";
    SavedSession read = again(with(5, sent, taken));

    assertEquals(with(5, sent, read.taken()), read);
    assertEquals(taken.subList(0, 2), read.taken().subList(0, 2));
    var binary = (Upstream.Binary) read.taken().get(2);
    assertArrayEquals(new byte[] {0, -1}, binary.content);
    var ping = (Upstream.Control) read.taken().get(3);
    assertTrue(ping.ping);
    var pong = (Upstream.Control) read.taken().get(4);
    assertFalse(pong.ping);
    assertArrayEquals(new byte[] {1}, pong.content);
    assertEquals(2, read.frames().size());
    assertEquals("b", read.frames().get(1).type());
  }

  @Test
  void aSessionMayHaveSentNothing() throws IOException {
    assertEquals(List.of(), again(with(0, "", List.of())).frames());
    assertEquals(List.of(), again(with(9, "", List.of())).frames(), "or keep nothing of it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // no id
        "id: abcdefghijklmnopqrstuv-4\n", // another id
        "id: abcdefghijklmnopqrstuv-5\ndata: more"
      })
  void messagesThatAreNotWholeAreNoMessages(String before) {
    String sent = before + "data: x\n\n" + (before.endsWith("more") ? "data: unfinished" : "");
    assertThrows(IOException.class, () -> again(with(5, sent, List.of())).frames());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "{}",
        "{\"token\":\"short\",\"path\":\"/a\",\"uri\":\"\",\"protocol\":\"\",\"sent\":\"\"}",
        "{\"token\":\"abcdefghijklmnopqrstuv\",\"path\":\"/a\",\"uri\":\"\",\"protocol\":\"\",\"sent\":\"\",\"taken\":[{\"part\":\"ALL\"}]}",
        "{\"token\":\"abcdefghijklmnopqrstuv\",\"taken\":[{\"part\":\"WHOLE\"}]}"
      })
  void whatIsNoSessionIsSaidToBeNone(String line) {
    assertThrows(IOException.class, () -> SavedSession.ofJson(line));
  }
}
