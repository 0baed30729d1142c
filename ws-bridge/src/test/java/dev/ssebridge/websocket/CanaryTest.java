package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CanaryTest {
  private final Canary canary = new Canary();

  private static HttpServletRequest user(String name) {
    HttpServletRequest request = mock();
    Principal principal = () -> name;
    when(request.getUserPrincipal()).thenReturn(principal);
    return request;
  }

  private static HttpServletRequest guest(String httpSession, String address) {
    HttpServletRequest request = mock();
    when(request.isRequestedSessionIdValid()).thenReturn(httpSession != null);
    when(request.getRequestedSessionId()).thenReturn(httpSession);
    when(request.getRemoteAddr()).thenReturn(address);
    return request;
  }

  private Set<Integer> picked(int percent, List<HttpServletRequest> users) {
    canary.percent(percent);
    return IntStream.range(0, users.size())
        .filter(i -> canary.picks(users.get(i)))
        .boxed()
        .collect(Collectors.toSet());
  }

  @Test
  void theShareIsThatOfTheUsersAndGrowsAroundThoseWhoHaveIt() {
    List<HttpServletRequest> users =
        IntStream.range(0, 1000).mapToObj(i -> user("user-" + i)).toList();
    Set<Integer> few = picked(10, users);
    Set<Integer> more = picked(50, users);
    assertTrue(few.size() > 60 && few.size() < 140, "of 1000: " + few.size());
    assertTrue(more.size() > 430 && more.size() < 570, "of 1000: " + more.size());
    assertTrue(more.containsAll(few), "who had SSE keeps it");
    assertEquals(few, picked(10, users), "the same users again");
    assertEquals(Set.of(), picked(0, users), "and back, at once");
    assertEquals(1000, picked(100, users).size());
  }

  @Test
  void aUserIsTheSameFromEveryDevice() {
    for (int percent = 0; percent <= 100; percent += 5) {
      canary.percent(percent);
      HttpServletRequest phone = user("ann");
      when(phone.getRemoteAddr()).thenReturn("10.0.0.1");
      assertEquals(canary.picks(user("ann")), canary.picks(phone));
      assertEquals(
          canary.picks(guest("ABC", "10.0.0.1")),
          canary.picks(guest("ABC", "10.9.9.9")),
          "nor do guests change with their network while they have a session");
    }
  }

  @Test
  void guestsWithoutASessionAreToldApartByAddress() {
    List<HttpServletRequest> guests =
        IntStream.range(0, 200).mapToObj(i -> guest(null, "10.0.0." + i)).toList();
    int half = picked(50, guests).size();
    assertTrue(half > 60 && half < 140, "of 200: " + half);
  }

  @Test
  void aShareIsFromNoneToAll() {
    assertThrows(IllegalArgumentException.class, () -> canary.percent(-1));
    assertThrows(IllegalArgumentException.class, () -> canary.percent(101));
  }
}
