package dev.ssebridge.docs;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.Cursor;
import dev.ssebridge.HubOptions;
import dev.ssebridge.Interest;
import dev.ssebridge.MemoryEventLog;
import dev.ssebridge.Publication;
import dev.ssebridge.Retention;
import dev.ssebridge.Snapshot;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.servlet.CrossOrigin;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.EventStreamServletOptions;
import dev.ssebridge.servlet.EventStreams;
import dev.ssebridge.servlet.StreamLimits;
import dev.ssebridge.servlet.StreamPolicy;
import dev.ssebridge.servlet.StreamTickets;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** The code of event-stream.md. */
@SuppressWarnings("serial")
final class EventStreamGuide {
  private EventStreamGuide() {}

  /** Some model. */
  interface Model {
    /** Answers on a thread of its own. */
    Answer ask(String question, Consumer<String> onToken, Runnable onDone);
  }

  /** An answer under way. */
  interface Answer {
    /** Stops it. */
    void cancel();
  }

  static final class AnswerServlet extends HttpServlet {
    private final transient Model model;

    AnswerServlet(Model model) {
      this.model = model;
    }

    // [direct]
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      EventStream stream = EventStream.open(request, response);
      Answer answer =
          model.ask(
              request.getParameter("q"),
              token -> stream.send("delta", token), // false once the reader has left
              () -> {
                stream.send("[DONE]");
                stream.end();
              });
      stream.onEnd(why -> answer.cancel());
    }
    // [/direct]
  }

  static final class ResumableAnswers extends HttpServlet {
    private final transient SseHub hub;
    private final transient Model model;

    ResumableAnswers(SseHub hub, Model model) {
      this.hub = hub;
      this.model = model;
    }

    // [resumable]
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) {
      String id = UUID.randomUUID().toString();
      String channel = "answer." + id;
      Cursor start = hub.cursor(); // before the first token
      model.ask(
          request.getParameter("q"),
          token -> hub.publish(channel, SseEvent.of("delta", token)),
          () -> hub.publish(channel, SseEvent.of("message", "[DONE]")));
      response.setStatus(HttpServletResponse.SC_CREATED);
      response.setHeader("Location", "answers?id=" + id + "&cursor=" + start);
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String id = String.valueOf(request.getParameter("id"));
      if (!id.matches("[0-9a-f-]{36}")) { // * would be everybody's answers
        response.sendError(HttpServletResponse.SC_NOT_FOUND);
        return;
      }
      EventStream.open(request, response, hub, "answer." + id);
    }
    // [/resumable]
  }

  static final class Prices {
    private final SseHub hub =
        SseHub.create(HubOptions.DEFAULTS.withSnapshot("prices", this::snapshot));

    SseHub hub() {
      return hub;
    }

    // [snapshot]
    private String price = "none yet";

    synchronized void change(String newPrice) {
      price = newPrice;
      hub.publish("prices", newPrice);
    }

    synchronized Snapshot snapshot(String channel) {
      return new Snapshot(List.of(SseEvent.of(channel, price)), hub.cursor());
    }

    // [/snapshot]

    // [retention]
    SseHub newHub() {
      Retention retention =
          Retention.DEFAULTS.withMaxEvents(1_000).withMaxAge(Duration.ofMinutes(30));
      return SseHub.create(
          HubOptions.DEFAULTS
              .withLog(new MemoryEventLog(retention))
              .withSnapshot("prices", this::snapshot));
    }
    // [/retention]
  }

  static void latest(SseHub hub, String json) {
    // [latest]
    hub.publish(Publication.of("prices", SseEvent.of(json)).latestOf("EURUSD"));
    // [/latest]
  }

  static void slowProducer(EventStream stream, Iterable<String> rows) throws InterruptedException {
    // [pace]
    for (String row : rows) {
      while (stream.isOpen() && stream.unsentBytes() > 100_000) {
        Thread.sleep(20); // the producer's own thread; streams never block one
      }
      if (!stream.send(row)) {
        return; // nobody is there any more
      }
    }
    // [/pace]
  }

  static void register(ServletContext context, SseHub hub) {
    // [servlet]
    var servlet = new EventStreamServlet(hub, StreamPolicy.publicChannels("metrics", "alerts"));
    ServletRegistration.Dynamic events = context.addServlet("events", servlet);
    events.addMapping("/events/*");
    events.setAsyncSupported(true);
    // [/servlet]
  }

  /** An account. */
  interface User {
    /** Who it is. */
    String name();

    /** When the token ends that named it. */
    Instant expiry();

    /** What it may see. */
    boolean mayFollow(String channel);
  }

  /** Accounts. */
  interface Users {
    /** By bearer token. */
    Optional<User> byToken(String token);

    /** By cookie. */
    Optional<User> bySession(String cookie);
  }

  static StreamPolicy policy(Users users) {
    // [policy]
    StreamPolicy policy =
        request ->
            request
                .bearer()
                .flatMap(users::byToken)
                .or(() -> request.cookie("sid").flatMap(users::bySession))
                .map(
                    user ->
                        request
                            .only(user::mayFollow)
                            .owner(user.name()) // counted, and its subscriptions are its own
                            .until(user.expiry())) // the stream ends then
                .orElse(StreamPolicy.Refuse.unauthenticated("Bearer"));
    // [/policy]
    return policy;
  }

  static EventStreamServlet tickets(SseHub hub) {
    // [tickets]
    StreamTickets tickets = StreamTickets.create();

    // in a servlet that knows who asks:
    String url =
        "events?ticket=" + tickets.issue("ann", ChannelSet.of("news"), Duration.ofMinutes(5));

    // in front of the streams:
    var servlet = new EventStreamServlet(hub, tickets.policy("ticket"));
    // [/tickets]
    return url.isEmpty() ? null : servlet;
  }

  static EventStreamServlet options(SseHub hub, StreamPolicy policy) {
    // [options]
    var options =
        EventStreamServletOptions.DEFAULTS
            .withStream(
                EventStreamOptions.DEFAULTS.withTimes(
                    StreamOptions.DEFAULTS.withHeartbeat(Duration.ofSeconds(10))))
            .withLimits(StreamLimits.DEFAULTS.withStreamsPerOwner(10))
            .withCrossOrigin(CrossOrigin.of("https://app.example.com").withCredentials());
    var servlet = new EventStreamServlet(hub, policy, options);
    // [/options]
    return servlet;
  }

  static void change(EventStream stream) {
    // [follow]
    stream.follow(new Interest(ChannelSet.of("metrics", "build.*"), Set.of("failed")));
    // [/follow]
  }

  static void drain(ServletContext servletContext) {
    // [drain]
    EventStreams.of(servletContext).drain(Duration.ofSeconds(5));
    // [/drain]
  }

  static void embedded(ServletContext context) {
    // [initializer]
    new EventStreamInitializer().onStartup(Set.of(), context);
    // [/initializer]
  }
}
