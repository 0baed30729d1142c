package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.CrossOrigin;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.EventStreamServletOptions;
import dev.ssebridge.servlet.StreamLimits;
import dev.ssebridge.servlet.StreamPolicy;
import dev.ssebridge.servlet.StreamTickets;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels served by the ready-made servlet: who gets what, and how others are refused. */
@OnEveryServer
class EventStreamServletTest {
  private static final StreamPolicy ANYTHING = request -> request.all();
  private static final String JSON = "application/json";

  private HttpClient http;
  private SseHub hub;

  @BeforeEach
  void makeHub(Servers servers) {
    hub = servers.closing(SseHub.create());
    http = servers.http1();
  }

  private EmbeddedServer start(Servers servers, StreamPolicy policy) {
    return start(servers, policy, EventStreamServletOptions.DEFAULTS);
  }

  private EmbeddedServer start(
      Servers servers, StreamPolicy policy, EventStreamServletOptions options) {
    return servers.start(
        ServerConfig.embedded()
            .initializer(new EventStreamInitializer())
            .servlet("/events/*", new EventStreamServlet(hub, policy, options))
            .tls());
  }

  private StreamClient open(EmbeddedServer server, String path, String... headers)
      throws Exception {
    return StreamClient.open(http, server.uri(path), headers);
  }

  private HttpResponse<String> send(String method, URI uri, String body, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static String waitForRetry(StreamClient client) throws Exception {
    assertEquals(200, client.status(), "or EventSource gives up");
    String why = client.comment().strip();
    client.assertEnd();
    return why;
  }

  // What is asked for

  @Test
  void channelsAreNamedByPathOrQueryAndTypesByQuery(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    List<String> same =
        List.of(
            "events/a,b.*",
            "events?channel=a&channel=b.*",
            "events?channels=a,b.*",
            "events/a?channel=b.%2a");
    for (String path : same) {
      try (StreamClient client = open(server, path)) {
        hub.publish("c", "no");
        hub.publish("a", "1");
        hub.publish("b.x", "2");
        assertEquals(List.of("1", "2"), client.data(2), path);
      }
    }
    try (StreamClient typed = open(server, "events/a?types=x,y&type=z")) {
      for (String type : List.of("w", "x", "y", "z")) {
        hub.publish("a", SseEvent.of(type, type));
      }
      assertEquals(List.of("x", "y", "z"), typed.data(3));
    }
  }

  @Test
  void fiftyChannelsShareOneStream(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    List<String> names = IntStream.range(0, 50).mapToObj(i -> "c" + i).toList();
    StreamClient client = servers.closing(open(server, "events/" + String.join(",", names)));

    names.forEach(name -> hub.publish(name, "of " + name));

    for (String name : names) {
      Event event = client.next();
      assertEquals(name, event.type());
      assertEquals("of " + name, event.data());
    }
  }

  @Test
  void aHundredStreamsShareOneConnectionOfHttp2(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    HttpClient http2 = servers.http2();
    List<StreamClient> clients = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      clients.add(servers.closing(StreamClient.open(http2, server.httpsUri().resolve("events/a"))));
    }

    hub.publish("a", "1");

    for (StreamClient client : clients) {
      assertEquals(200, client.status());
      assertEquals("1", client.next().data());
    }
  }

  @Test
  void acceptIsParsed(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    for (String accept :
        List.of(
            "text/event-stream",
            "*/*",
            "text/html, text/event-stream;q=0.1",
            "TEXT/*;q=0.5",
            "text/html;x=\"a,b\", */*;q=0.001")) {
      try (StreamClient client = open(server, "events/a", "Accept", accept)) {
        assertEquals(200, client.status(), accept);
      }
    }
    for (String accept :
        List.of("text/html", "text/event-stream;q=0, */*", "text/event-streams", "*/*;q=0.000")) {
      try (StreamClient client = open(server, "events/a", "Accept", accept)) {
        assertEquals(406, client.status(), accept);
      }
    }
  }

  @Test
  void otherMethodsAreAnsweredWithoutAStream(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    URI uri = server.uri("events/a");

    HttpResponse<String> head = send("HEAD", uri, null);
    assertEquals(200, head.statusCode());
    assertTrue(header(head, "Content-Type").startsWith("text/event-stream"));
    assertEquals(400, send("HEAD", server.uri("events/error"), null).statusCode());
    assertEquals(403, send("HEAD", server.uri("events"), null).statusCode(), "as GET");
    HttpResponse<String> options = send("OPTIONS", uri, null);
    assertEquals(204, options.statusCode());
    assertEquals("GET, HEAD, OPTIONS, POST", header(options, "Allow"));
    for (String method : List.of("PUT", "DELETE", "PATCH")) {
      HttpResponse<String> refused = send(method, uri, null);
      assertEquals(405, refused.statusCode(), method);
      assertEquals("GET, HEAD, OPTIONS, POST", header(refused, "Allow"));
    }
    for (String bad : List.of("events/error", "events/sse.x", "events/a%22b", "events/*a")) {
      assertEquals(400, send("GET", server.uri(bad), null).statusCode(), bad);
    }
  }

  // Who may

  @Test
  void aPolicyRefusesSoThatItsClientsUnderstand(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            request ->
                switch (request.channels().get(0)) {
                  case "who" -> StreamPolicy.Refuse.unauthenticated("Bearer");
                  case "no" -> StreamPolicy.Refuse.forbidden();
                  case "over" -> StreamPolicy.Refuse.forGood();
                  default -> StreamPolicy.Refuse.later();
                });

    HttpResponse<String> who = send("GET", server.uri("events/who"), null);
    assertEquals(401, who.statusCode());
    assertEquals("Bearer", header(who, "WWW-Authenticate"));
    assertEquals(403, send("GET", server.uri("events/no"), null).statusCode());
    assertEquals(204, send("GET", server.uri("events/over"), null).statusCode());
    HttpResponse<String> later = send("GET", server.uri("events/later"), null);
    assertEquals(200, later.statusCode());
    assertTrue(later.body().matches("retry: \\d+\n: later\n"), later.body());
  }

  @Test
  void whatIsNoLongerAllowedIsToldAndNotReplayed(Servers servers) throws Exception {
    Set<String> allowed = ConcurrentHashMap.newKeySet();
    allowed.addAll(List.of("public", "secret"));
    EmbeddedServer server = start(servers, request -> request.only(allowed::contains));
    StreamClient client = open(server, "events/public,secret");
    hub.publish("secret", "s1");
    assertEquals("s1", client.next().data());
    client.close();
    hub.publish("secret", "s2");
    hub.publish("public", "p1");

    allowed.remove("secret");
    StreamClient back =
        servers.closing(
            open(server, "events/public,secret", "Last-Event-ID", client.lastEventId()));

    Event gap = back.next();
    assertEquals("sse.gap", gap.type());
    assertEquals("{\"reason\":\"unauthorized\",\"channels\":[\"secret\"]}", gap.data());
    assertEquals("p1", back.next().data());
  }

  @Test
  void aStreamEndsWithItsTicketAndAnotherIsRefused(Servers servers) throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    StreamTickets tickets = StreamTickets.withKeys(List.of(new byte[32]), now::get);
    EmbeddedServer server =
        start(
            servers,
            tickets.policy("ticket"),
            EventStreamServletOptions.DEFAULTS.withClock(now::get));
    String ticket = tickets.issue("ann", ChannelSet.of("a", "b"), Duration.ofSeconds(1));

    assertEquals(401, send("GET", server.uri("events/a"), null).statusCode());
    assertEquals(401, send("GET", server.uri("events/a?ticket=x.y"), null).statusCode());
    assertEquals(403, send("GET", server.uri("events/c?ticket=" + ticket), null).statusCode());
    StreamClient client = servers.closing(open(server, "events/a?ticket=" + ticket));
    hub.publish("a", "1");
    assertEquals("1", client.next().data());

    Event goodbye = client.next();
    assertEquals("sse.goaway", goodbye.type());
    assertEquals("{\"reason\":\"expired\"}", goodbye.data());
    client.assertEnd();
    now.set(Instant.EPOCH.plusSeconds(1));
    assertEquals(401, send("GET", server.uri("events/a?ticket=" + ticket), null).statusCode());
  }

  @Test
  void aTicketForOnceIsGoodForOnce(Servers servers) throws Exception {
    StreamTickets tickets = StreamTickets.create();
    EmbeddedServer server = start(servers, tickets.policy("ticket"));
    String ticket = tickets.issueOnce("ann", ChannelSet.of("a"), Duration.ofMinutes(1));

    StreamClient client = servers.closing(open(server, "events?ticket=" + ticket));
    hub.publish("a", "1");

    assertEquals("1", client.next().data());
    assertEquals(401, send("GET", server.uri("events?ticket=" + ticket), null).statusCode());
  }

  // Limits

  @Test
  void whatIsOverALimitIsRefusedSoftlyAndGetsItsTurnLater(Servers servers) throws Exception {
    StreamPolicy byName = request -> request.all().owner(request.parameter("as").orElseThrow());
    StreamLimits limits = StreamLimits.DEFAULTS.withStreams(3).withStreamsPerOwner(2);
    EmbeddedServer server =
        start(servers, byName, EventStreamServletOptions.DEFAULTS.withLimits(limits));

    StreamClient first = open(server, "events/a?as=ann");
    servers.closing(open(server, "events/a?as=ann"));
    assertEquals("too many streams", waitForRetry(open(server, "events/a?as=ann")));
    servers.closing(open(server, "events/a?as=bob"));
    assertEquals("too many streams", waitForRetry(open(server, "events/a?as=bob")));

    first.close();
    StreamClient again = open(server, "events/a?as=ann");
    while (again.comment().strip().equals("too many streams")) { // until the server has noticed
      hub.publish("a", "a write finds that the client has left");
      again = open(server, "events/a?as=ann");
    }
    hub.publish("a", "welcome");
    assertEquals("welcome", servers.closing(again).next().data());
  }

  @Test
  void tooManyChannelsAreABadRequest(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            ANYTHING,
            EventStreamServletOptions.DEFAULTS.withLimits(StreamLimits.DEFAULTS.withChannels(2)));

    assertEquals(400, send("GET", server.uri("events/a,b,c"), null).statusCode());
    HttpResponse<String> posted =
        send(
            "POST",
            server.uri("events"),
            "{\"channels\":[\"a\",\"b\",\"c\"]}",
            "Content-Type",
            JSON);
    assertEquals(400, posted.statusCode());
  }

  // Other origins

  @Test
  void otherOriginsMayWhatTheOptionsSay(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            ANYTHING,
            EventStreamServletOptions.DEFAULTS.withCrossOrigin(
                CrossOrigin.of("https://app.example").withCredentials()));
    URI uri = server.uri("events/a");

    StreamClient allowed =
        servers.closing(open(server, "events/a", "Origin", "https://app.example"));
    assertEquals(200, allowed.status());
    assertEquals(
        "https://app.example",
        allowed.headers().firstValue("Access-Control-Allow-Origin").orElse(""));
    assertEquals(
        "true", allowed.headers().firstValue("Access-Control-Allow-Credentials").orElse(""));
    assertTrue(allowed.headers().allValues("Vary").contains("Origin"));
    HttpResponse<String> foreign = send("GET", uri, null, "Origin", "https://evil.example");
    assertEquals(403, foreign.statusCode());
    assertEquals("", header(foreign, "Access-Control-Allow-Origin"));
    StreamClient own =
        servers.closing(open(server, "events/a", "Origin", "http://127.0.0.1:" + server.port()));
    assertEquals(200, own.status());

    HttpResponse<String> preflight =
        send(
            "OPTIONS",
            uri,
            null,
            "Origin",
            "https://app.example",
            "Access-Control-Request-Method",
            "GET",
            "Access-Control-Request-Headers",
            "last-event-id");
    assertEquals(204, preflight.statusCode());
    assertTrue(header(preflight, "Access-Control-Allow-Headers").contains("Last-Event-ID"));
    assertTrue(header(preflight, "Access-Control-Allow-Methods").contains("GET"));
  }

  // Subscribe first, stream after

  private URI subscribe(EmbeddedServer server, String body) throws Exception {
    HttpResponse<String> made =
        send("POST", server.uri("events"), body, "Content-Type", "application/json; charset=utf-8");
    assertEquals(201, made.statusCode(), made.body());
    return server.uri().resolve(header(made, "Location"));
  }

  @Test
  void aSubscriptionIsStreamedChangedAndEnded(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    URI one = subscribe(server, "{\"channels\":[\"a\"],\"filter\":{\"types\":[\"x\",\"a\"]}}");
    URI two = subscribe(server, "{\"channels\":[\"b\"]}");
    assertNotEquals(one, two, "two pages do not overwrite each other");
    StreamClient first = StreamClient.open(http, one);
    StreamClient other = servers.closing(StreamClient.open(http, two));
    hub.publish("a", SseEvent.of("y", "filtered"));
    hub.publish("a", "1");
    hub.publish("b", "2");
    assertEquals("1", first.next().data());
    assertEquals("2", other.next().data());
    first.close();
    hub.publish("a", "3");

    StreamClient again =
        servers.closing(StreamClient.open(http, one, "Last-Event-ID", first.lastEventId()));
    assertEquals("3", again.next().data());
    for (String method : List.of("PUT", "POST")) {
      String channel = "c" + method;
      HttpResponse<String> changed =
          send(method, one, "{\"channels\":[\"" + channel + "\"]}", "Content-Type", JSON);
      assertEquals(204, changed.statusCode(), changed.body());
      hub.publish("a", "not any more");
      hub.publish(channel, method);
      assertEquals(method, again.next().data());
    }

    assertEquals(204, send("DELETE", one, null).statusCode());
    again.assertEnd();
    assertEquals(404, send("GET", one, null).statusCode());
    hub.publish("b", "4");
    assertEquals("4", other.next().data());
  }

  @Test
  void aSubscriptionOfAnotherOwnerIsNotThere(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            request ->
                request
                    .bearer()
                    .map(name -> request.only(channel -> !channel.equals("secret")).owner(name))
                    .orElse(StreamPolicy.Refuse.unauthenticated("Bearer")));
    URI uri = server.uri("events");
    String body = "{\"channels\":[\"a\"]}";
    String[] ann = {"Content-Type", JSON, "Authorization", "Bearer ann"};
    String[] bob = {"Content-Type", JSON, "Authorization", "Bearer bob"};

    assertEquals(401, send("POST", uri, body, "Content-Type", JSON).statusCode());
    HttpResponse<String> made = send("POST", uri, body, ann);
    assertEquals(201, made.statusCode());
    URI location = server.uri().resolve(header(made, "Location"));
    for (String method : List.of("GET", "PUT", "DELETE")) {
      assertEquals(
          404, send(method, location, method.equals("PUT") ? body : null, bob).statusCode());
    }
    String more = "{\"channels\":[\"a\",\"secret\"]}";
    assertEquals(403, send("POST", uri, more, ann).statusCode());
    assertEquals(403, send("PUT", location, more, ann).statusCode());
    StreamClient client =
        servers.closing(StreamClient.open(http, location, "Authorization", "Bearer ann"));
    assertEquals(200, client.status());
  }

  @Test
  void theNewestStreamOfASubscriptionWins(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, ANYTHING);
    URI location = subscribe(server, "{\"channels\":[\"a\"]}");
    StreamClient older = StreamClient.open(http, location);

    StreamClient newer = servers.closing(StreamClient.open(http, location));

    older.assertEnd();
    hub.publish("a", "1");
    assertEquals("1", newer.next().data());
  }

  @Test
  void subscriptionsAreBoundedAndTheIdleOnesAreForgotten(Servers servers) throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    EmbeddedServer server =
        start(
            servers,
            ANYTHING,
            EventStreamServletOptions.DEFAULTS
                .withClock(now::get)
                .withLimits(StreamLimits.DEFAULTS.withSubscriptions(1))
                .withSubscriptionIdle(Duration.ofMinutes(1)));
    String body = "{\"channels\":[\"a\"]}";
    URI first = subscribe(server, body);
    HttpResponse<String> full = send("POST", server.uri("events"), body, "Content-Type", JSON);
    assertEquals(429, full.statusCode());
    assertTrue(Integer.parseInt(header(full, "Retry-After")) > 0);

    now.set(Instant.EPOCH.plusSeconds(60));
    subscribe(server, body);

    assertEquals(404, send("GET", first, null).statusCode());
  }

  @Test
  void anOwnerCannotTakeTheSubscriptionsOfOthers(Servers servers) throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    EmbeddedServer server =
        start(
            servers,
            request -> request.all().owner(request.bearer().orElseThrow()),
            EventStreamServletOptions.DEFAULTS
                .withClock(now::get)
                .withLimits(StreamLimits.DEFAULTS.withSubscriptions(3).withStreamsPerOwner(2)));
    String[] ann = {"Content-Type", JSON, "Authorization", "Bearer ann"};
    String[] bob = {"Content-Type", JSON, "Authorization", "Bearer bob"};
    List<URI> made = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> one = send("POST", server.uri("events"), "{\"channels\":[\"a\"]}", ann);
      assertEquals(201, one.statusCode(), one.body());
      made.add(server.uri().resolve(header(one, "Location")));
      now.set(now.get().plusSeconds(1));
    }
    assertEquals(404, send("HEAD", made.get(0), null, ann).statusCode(), "the longest idle");
    assertEquals(200, send("HEAD", made.get(1), null, ann).statusCode());
    assertEquals(
        201, send("POST", server.uri("events"), "{\"channels\":[\"a\"]}", bob).statusCode());
  }

  @Test
  void aTicketIsKeptInTheLocationOfASubscription(Servers servers) throws Exception {
    StreamTickets tickets = StreamTickets.create();
    EmbeddedServer server = start(servers, tickets.policy("ticket"));
    String ticket = tickets.issue("ann", ChannelSet.of("a"), Duration.ofMinutes(5));

    HttpResponse<String> made =
        send(
            "POST",
            server.uri("events?ticket=" + ticket),
            "{\"channels\":[\"a\"]}",
            "Content-Type",
            JSON);

    assertEquals(201, made.statusCode(), made.body());
    URI location = server.uri().resolve(header(made, "Location"));
    StreamClient client = servers.closing(StreamClient.open(http, location));
    hub.publish("a", "1");
    assertEquals("1", client.next().data());
  }

  @Test
  void aBodyThatIsNoSubscriptionIsRefused(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            ANYTHING,
            EventStreamServletOptions.DEFAULTS.withLimits(
                StreamLimits.DEFAULTS.withBodyBytes(200)));
    URI uri = server.uri("events");
    for (String body :
        List.of(
            "",
            "x",
            "[]",
            "{}",
            "{\"channels\":[]}",
            "{\"channels\":\"a\"}",
            "{\"channels\":[1]}",
            "{\"channels\":[\"error\"]}",
            "{\"channels\":[\"a\\u0000\"]}",
            "{\"channels\":[\"a\"],\"filter\":{\"where\":\"x\"}}",
            "{\"channels\":[\"a\"],\"filter\":{\"types\":[]}}",
            "{\"channels\":[\"a\"]} {}",
            "{\"channels\":[\"a\"],\"channels\":[\"b\"]}",
            "{\"chanels\":[\"a\"]}")) {
      assertEquals(400, send("POST", uri, body, "Content-Type", JSON).statusCode(), body);
    }
    String large = "{\"channels\":[\"" + "a".repeat(300) + "\"]}";
    assertEquals(413, send("POST", uri, large, "Content-Type", JSON).statusCode());
    String good = "{\"channels\":[\"a\"]}";
    assertEquals(415, send("POST", uri, good, "Content-Type", "text/plain").statusCode());
    assertEquals(404, send("GET", server.uri("events?subscription=x"), null).statusCode());
  }
}
