package com.example.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.matches;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.example.chat.Attendance.Calls;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ChatEndpointTest {

  private final String room = "room-" + UUID.randomUUID();

  @Test
  void aMessageReachesEverybodyInTheRoomAndNobodyElse() throws IOException {
    Member ann = new Member(room, "ann");
    Member bob = new Member(room, "bob");
    Member eve = new Member("another-" + room, "eve");

    ann.says("hello");

    verify(ann.remote).sendText("ann: hello");
    verify(bob.remote).sendText("ann: hello");
    verify(eve.remote, never()).sendText("ann: hello");
  }

  @Test
  void comingAndLeavingIsAnnounced() throws IOException {
    Member ann = new Member(room, "ann");
    Member bob = new Member(room, "bob");
    bob.leaves();

    verify(ann.remote).sendText("* bob joined");
    verify(ann.remote).sendText("* bob left");
    verify(bob.remote, never()).sendText("* bob left");
  }

  @Test
  void aMemberWhoseConnectionFailsDoesNotKeepTheMessageFromTheOthers() throws IOException {
    Member ann = new Member(room, "ann");
    Member bob = new Member(room, "bob");
    Member cat = new Member(room, "cat");
    doThrow(new IOException("reset")).when(ann.remote).sendText("cat: hello");
    doThrow(new IllegalStateException("closed")).when(bob.remote).sendText("cat: hello");

    cat.says("hello");

    verify(cat.remote).sendText("cat: hello");
  }

  @Test
  void aNameThatCouldBeTakenForMarkupBecomesAGuests() throws IOException {
    Member ann = new Member(room, "ann");
    Member odd = new Member(room, "<b>: \"");

    odd.says("hello");

    verify(ann.remote).sendText(matches("guest-\\d+: hello"));
  }

  @Test
  void attendanceCountsTheCallsOfEachMember() throws IOException {
    Member ann = new Member(room, "ann");
    Member bob = new Member(room, "bob");
    ann.says("one");
    ann.says("two");
    bob.leaves();

    assertEquals(Map.of("ann", new Calls(1, 0, 2), "bob", new Calls(1, 1, 0)), Attendance.of(room));
  }

  private static final class Member {
    final RemoteEndpoint.Basic remote = mock(RemoteEndpoint.Basic.class);
    private final Session session = mock(Session.class);
    private final ChatEndpoint endpoint = new ChatEndpoint();
    private final String room;

    Member(String room, String name) {
      this.room = room;
      when(session.getBasicRemote()).thenReturn(remote);
      when(session.getPathParameters()).thenReturn(Map.of("room", room));
      when(session.getRequestParameterMap()).thenReturn(Map.of("name", List.of(name)));
      endpoint.onOpen(session, room);
    }

    void says(String text) {
      endpoint.onMessage(text, room);
    }

    void leaves() {
      endpoint.onClose(session, room);
    }
  }
}
