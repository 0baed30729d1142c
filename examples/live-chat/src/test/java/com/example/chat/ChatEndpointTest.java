package com.example.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.example.chat.Attendance.Calls;
import dev.ssebridge.testkit.TestBridge;
import dev.ssebridge.testkit.TestClient;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatEndpointTest {

  private final String room = "room-" + UUID.randomUUID();
  private final TestBridge bridge = TestBridge.of(ChatEndpoint.class);

  @AfterEach
  void stop() {
    bridge.close();
  }

  @Test
  void aMessageReachesEverybodyInTheRoomAndNobodyElse() {
    TestClient ann = join("ann");
    TestClient bob = join("bob");
    TestClient eve = bridge.open("/chat/another-" + room + "?name=eve");

    ann.sendText("hello");

    assertEquals(List.of("* ann joined", "* bob joined", "ann: hello"), ann.texts());
    assertEquals(List.of("* bob joined", "ann: hello"), bob.texts());
    assertEquals(List.of("* eve joined"), eve.texts());
  }

  @Test
  void leavingIsAnnounced() {
    TestClient ann = join("ann");
    join("bob").close();

    assertEquals(List.of("* ann joined", "* bob joined", "* bob left"), ann.texts());
  }

  @Test
  void whoLosesTheConnectionMissesNothingAndIsNotAnnounced() {
    TestClient ann = join("ann");
    TestClient bob = join("bob");
    bob.cut();

    ann.sendText("are you there?");
    bob.resume();

    assertEquals(List.of("* bob joined", "ann: are you there?"), bob.texts());
    assertEquals(new Calls(1, 0, 0), Attendance.of(room).get("bob"));
  }

  @Test
  void whoDoesNotComeBackHasLeft() {
    TestClient ann = join("ann");
    join("bob").cut();

    bridge.expireLeases();

    assertEquals(List.of("* ann joined", "* bob joined", "* bob left"), ann.texts());
  }

  /** A session of the bridge does not fail while it is open; another one may. */
  @Test
  void aMemberWhoseConnectionFailsDoesNotKeepTheMessageFromTheOthers() throws IOException {
    RemoteEndpoint.Basic broken = mock(RemoteEndpoint.Basic.class);
    Session session = mock(Session.class);
    when(session.getBasicRemote()).thenReturn(broken);
    when(session.getPathParameters()).thenReturn(Map.of("room", room));
    when(session.getRequestParameterMap()).thenReturn(Map.of("name", List.of("broken")));
    ChatEndpoint endpoint = new ChatEndpoint();
    endpoint.onOpen(session, room);
    doThrow(new IOException("reset")).when(broken).sendText("ann: one");
    doThrow(new IllegalStateException("closed")).when(broken).sendText("ann: two");

    TestClient ann = join("ann");
    ann.sendText("one");
    ann.sendText("two");
    endpoint.onClose(session, room);

    assertEquals(List.of("* ann joined", "ann: one", "ann: two", "* broken left"), ann.texts());
  }

  @Test
  void aNameThatCouldBeTakenForMarkupBecomesAGuests() {
    TestClient odd = bridge.open("/chat/" + room + "?name=%3Cb%3E:+%22");

    odd.sendText("hello");

    String joined = odd.text();
    assertTrue(joined.matches("\\* guest-\\d+ joined"), joined);
    assertTrue(odd.text().matches("guest-\\d+: hello"));
  }

  @Test
  void attendanceCountsTheCallsOfEachMember() {
    TestClient ann = join("ann");
    TestClient bob = join("bob");
    ann.sendText("one");
    ann.sendText("two");
    bob.close();

    assertEquals(Map.of("ann", new Calls(1, 0, 2), "bob", new Calls(1, 1, 0)), Attendance.of(room));
  }

  private TestClient join(String name) {
    return bridge.open("/chat/" + room + "?name=" + name);
  }
}
