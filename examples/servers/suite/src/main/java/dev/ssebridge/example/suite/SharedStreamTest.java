package dev.ssebridge.example.suite;

import static dev.ssebridge.example.suite.ProtocolClient.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.security.Principal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several sessions of a page on one stream, as docs/protocol.md §3.6 has it. */
@OnEveryServer
class SharedStreamTest {
  /** Keeps its sessions where the tests find them. */
  public static class Room {
    static final Map<String, Session> SESSIONS = new ConcurrentHashMap<>();
    static final BlockingQueue<String> CLOSES = new LinkedBlockingQueue<>();

    @OnOpen
    public void open(Session session, @PathParam("name") String name) {
      SESSIONS.put(name, session);
    }

    @OnMessage
    public String message(String text) {
      return "echo " + text;
    }

    @OnClose
    public void close(@PathParam("name") String name, CloseReason reason) {
      CLOSES.add(name + " " + reason.getCloseCode().getCode());
    }
  }

  /** One endpoint. */
  @ServerEndpoint("/one/{name}")
  public static class One extends Room {}

  /** Another. */
  @ServerEndpoint("/two/{name}")
  public static class Two extends Room {}

  /** What a client has of its sessions: a cursor each, and the texts in between. */
  private static final class Page {
    final Map<String, String> names = new HashMap<>(); // by token
    final Map<String, Long> cursors = new HashMap<>(); // likewise
    final Map<String, List<String>> texts = new HashMap<>(); // by name
    final List<String> apart = new ArrayList<>(); // names

    String opened(String name, Event open) {
      String token = token(open);
      names.put(token, name);
      cursors.put(token, 0L);
      texts.put(name, new ArrayList<>());
      return token;
    }

    String also(String... but) {
      List<String> all = new ArrayList<>();
      cursors.forEach((token, offset) -> all.add(token + "-" + offset));
      all.removeIf(cursor -> List.of(but).contains(cursor.substring(0, 22)));
      return String.join(",", all);
    }

    /** Takes one event; each message has the next number of its session. */
    void take(Event event) {
      String id = event.lastEventId();
      String token = id.substring(0, id.lastIndexOf('-'));
      long offset = Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
      String name = names.get(token);
      switch (event.type()) {
        case "ws.open" -> {
          assertEquals(cursors.get(token), offset, "where it goes on");
          assertTrue(event.data().contains("\"resumed\":true"), event.data());
        }
        case "ws.apart" -> apart.add(name);
        default -> {
          assertEquals(cursors.get(token) + 1, offset, "the next of " + name);
          cursors.put(token, offset);
          texts.get(name).add(event.type() + event.data());
        }
      }
    }

    void takeUntil(StreamClient stream, String name, int count) throws InterruptedException {
      while (texts.get(name).size() < count) {
        take(stream.next());
      }
    }
  }

  @BeforeEach
  void forgetEarlierTests() {
    Room.SESSIONS.clear();
    Room.CLOSES.clear();
  }

  private static ServerConfig.Builder config() {
    return ServerConfig.embedded()
        .endpoints(One.class, Two.class)
        .initializer(new SseBridgeInitializer());
  }

  private static Session session(String name) throws InterruptedException {
    Leftovers.await(() -> Room.SESSIONS.containsKey(name), () -> "no session " + name);
    return Room.SESSIONS.get(name);
  }

  private static void send(String name, String text) throws Exception {
    session(name).getBasicRemote().sendText(text);
  }

  /** Opens sessions one after the other, each together with those that are open. */
  private static StreamClient open(ProtocolClient client, Page page, String... paths)
      throws Exception {
    StreamClient stream = null;
    for (String path : paths) {
      StreamClient next = client.stream(path, "Sse-Also", page.also());
      Event open = next.next();
      int others = page.names.size();
      page.opened(path.substring(path.indexOf('/') + 1), open);
      for (int i = 0; i < others; i++) {
        page.take(next.next());
      }
      if (stream != null) {
        stream.assertEnd(); // it has no session any more
      }
      stream = next;
    }
    return stream;
  }

  @Test
  void sessionsOfSeveralEndpointsShareAStreamAndItsSuccessors(Servers servers) throws Exception {
    var client = new ProtocolClient(servers, servers.start(config()));
    var page = new Page();
    StreamClient stream = open(client, page, "one/a", "two/b", "one/c");
    for (int i = 1; i <= 300; i++) {
      send("a", "a" + i);
      send("b", "b" + i);
      if (i % 100 == 0) {
        send("c", "x".repeat(20_000) + i); // more than a run
      }
    }
    page.takeUntil(stream, "a", 100);

    stream.close(); // and what was on its way is sent again
    String lead = page.names.keySet().iterator().next();
    StreamClient next =
        client.stream(
            (page.names.get(lead).equals("b") ? "two/" : "one/") + page.names.get(lead),
            "Sse-Session",
            lead,
            "Last-Event-ID",
            lead + "-" + page.cursors.get(lead),
            "Sse-Also",
            page.also(lead));

    page.takeUntil(next, "a", 300);
    page.takeUntil(next, "b", 300);
    page.takeUntil(next, "c", 3);
    assertEquals("a300", page.texts.get("a").get(299));
    assertEquals("b300", page.texts.get("b").get(299));
    assertTrue(page.texts.get("c").get(2).endsWith("x300"));
    assertEquals(List.of(), page.apart);
    assertEquals(List.of(), List.copyOf(Room.CLOSES));
  }

  @Test
  void oneThatIsTakenAwayOrEndsLeavesTheOthers(Servers servers) throws Exception {
    var client = new ProtocolClient(servers, servers.start(config()));
    var page = new Page();
    StreamClient stream = open(client, page, "one/a", "one/b", "one/c");

    session("a").close(new CloseReason(CloseReason.CloseCodes.GOING_AWAY, "enough"));
    page.takeUntil(stream, "a", 1);
    assertEquals(List.of("ws.close{\"code\":1001,\"reason\":\"enough\"}"), page.texts.get("a"));
    assertEquals("a 1001", Room.CLOSES.poll(20, TimeUnit.SECONDS));
    String b =
        page.names.keySet().stream().filter(t -> page.names.get(t).equals("b")).findFirst().get();
    StreamClient own = client.stream("one/b", "Sse-Session", b, "Last-Event-ID", b + "-0");
    assertEquals(b, token(own.next()));
    send("b", "on its own");
    send("c", "as before");
    assertEquals("on its own", own.next().data());
    page.takeUntil(stream, "c", 1);
    assertEquals(List.of("as before"), page.texts.get("c"));
    assertEquals(List.of(), page.texts.get("b"));

    session("c").close();
    page.takeUntil(stream, "c", 2);
    stream.assertEnd(); // with the last one
    send("b", "goes on");
    assertEquals("goes on", own.next().data());
  }

  @Test
  void whatCannotBeCarriedIsToldApart(Servers servers) throws Exception {
    var client =
        new ProtocolClient(
            servers,
            servers.start(
                config()
                    .parameter("dev.ssebridge.maxSessionsPerStream", "2")
                    .filter(
                        "/*",
                        (request, response, chain) -> {
                          String user = ((HttpServletRequest) request).getHeader("X-User");
                          chain.doFilter(as((HttpServletRequest) request, user), response);
                        })));
    var page = new Page();
    String[] ann = {"X-User", "ann"};
    StreamClient foreign = client.stream("one/x", ann);
    String secret = page.opened("x", foreign.next());
    StreamClient other = client.stream("one/a");
    String a = page.opened("a", other.next());
    StreamClient third = client.stream("one/b");
    String b = page.opened("b", third.next());
    String unknown = "A".repeat(22);
    page.names.put(unknown, "unknown");
    send("x", "for ann alone");
    assertEquals("for ann alone", foreign.next().data());

    StreamClient stream =
        client.stream(
            "one/c",
            "Sse-Also",
            String.join(
                ",", secret + "-0", unknown + "-3", a + "-0", b + "-0", a + "-9", "<b>", "-1", ""));

    page.opened("c", stream.next());
    for (int i = 0; i < 4; i++) {
      page.take(stream.next());
    }
    assertEquals(List.of("x", "unknown", "b"), page.apart, "another's, none, one too many");
    send("a", "shared");
    send("b", "own");
    send("x", "not for you");
    send("c", "too");
    page.takeUntil(stream, "a", 1);
    page.takeUntil(stream, "c", 1);
    assertEquals("own", third.next().data());
    assertEquals("not for you", foreign.next().data());
    other.assertEnd();
    assertFalse(page.texts.get("b").contains("own"));
  }

  private static HttpServletRequest as(HttpServletRequest request, String user) {
    return user == null
        ? request
        : new HttpServletRequestWrapper(request) {
          @Override
          public Principal getUserPrincipal() {
            return () -> user;
          }
        };
  }

  @Test
  void aBusySessionIsFairToTheOthers(Servers servers) throws Exception {
    var client = new ProtocolClient(servers, servers.start(config()));
    var page = new Page();
    StreamClient stream = open(client, page, "one/a", "one/b");
    var failures = new LinkedBlockingQueue<IOException>();
    var busy =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 3000; i++) {
                  Room.SESSIONS.get("a").getBasicRemote().sendText("a".repeat(1000));
                }
              } catch (IOException e) {
                failures.add(e);
              }
            });
    busy.start();
    page.takeUntil(stream, "a", 10);
    send("b", "in between");
    page.takeUntil(stream, "b", 1);
    assertTrue(page.texts.get("a").size() < 3000, "not behind all of them");
    page.takeUntil(stream, "a", 3000);
    busy.join();
    assertEquals(List.of(), List.copyOf(failures));
  }
}
