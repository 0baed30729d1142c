package dev.ssebridge.servlet;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Serves a hub's channels as event streams. To be registered as async-supported, or extended with
 * {@code @WebServlet(asyncSupported = true)}.
 *
 * <pre>{@code
 * var servlet = new EventStreamServlet(hub, StreamPolicy.publicChannels("metrics", "alerts"));
 * }</pre>
 *
 * <ul>
 *   <li>{@code GET /events/metrics,alerts}, or {@code ?channel=metrics&channel=alerts}, with {@code
 *       ?type=} for some types of events only, streams what the {@link StreamPolicy} allows of it.
 *   <li>{@code POST /events} with {@code {"channels":["metrics"],"filter":{"types":["cpu"]}}}
 *       answers 201 with the {@code Location} of a stream. {@code PUT} or {@code POST} there
 *       changes what the stream follows while it is open, {@code DELETE} ends it. The newest stream
 *       of a location wins. Needs jackson-databind; without it, these are answered with 501.
 * </ul>
 *
 * <p>A request that cannot be served for now is refused softly: an {@code EventSource} gives up on
 * any status but 200, so it gets an empty stream that says when to come back. When the container
 * destroys the servlet, all streams of the application are drained.
 *
 * <p>Threading: as servlets are.
 */
public class EventStreamServlet extends HttpServlet {
  private static final long serialVersionUID = 1;
  private static final String SUBSCRIPTION = "subscription";
  private static final String ALLOW = "GET, HEAD, OPTIONS, POST";
  private static final String ALLOW_SUBSCRIPTION = "GET, HEAD, OPTIONS, POST, PUT, DELETE";
  private static final Duration DESTROY_GRACE = Duration.ofSeconds(1);

  private final transient SseHub hub;
  private final transient StreamPolicy policy;
  private final transient EventStreamServletOptions options;
  private final transient StreamCounts counts;
  private final transient StreamSubscriptions subscriptions;

  /**
   * Serves with the {@linkplain EventStreamServletOptions#DEFAULTS defaults}.
   *
   * @param hub whose channels
   * @param policy who may follow what
   */
  public EventStreamServlet(SseHub hub, StreamPolicy policy) {
    this(hub, policy, EventStreamServletOptions.DEFAULTS);
  }

  /**
   * Serves.
   *
   * @param hub whose channels
   * @param policy who may follow what
   * @param options limits, origins, times
   */
  public EventStreamServlet(SseHub hub, StreamPolicy policy, EventStreamServletOptions options) {
    this.hub = hub;
    this.policy = policy;
    this.options = options;
    counts = new StreamCounts(options.limits());
    subscriptions = new StreamSubscriptions(options);
  }

  @Override
  public void destroy() {
    EventStreams.of(getServletContext()).drain(DESTROY_GRACE);
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!options.crossOrigin().allow(request, response)) {
      refuse(response, HttpServletResponse.SC_FORBIDDEN, "the origin is not allowed");
      return;
    }
    boolean named = RequestText.parameter(request, SUBSCRIPTION) != null;
    switch (request.getMethod()) {
      case "GET", "HEAD" -> get(request, response);
      case "OPTIONS" -> options(request, response, named);
      case "POST", "PUT", "DELETE" -> {
        if (!named && !request.getMethod().equals("POST")) {
          notAllowed(response, ALLOW);
        } else if (named) {
          change(request, response);
        } else {
          create(request, response);
        }
      }
      default -> notAllowed(response, named ? ALLOW_SUBSCRIPTION : ALLOW);
    }
  }

  // GET, and HEAD, which is told the same and gets no stream

  private void get(HttpServletRequest request, HttpServletResponse response) throws IOException {
    if (!acceptable(request, response)) {
      return;
    }
    StreamSubscriptions.Entry entry = null;
    StreamRequest asked;
    if (RequestText.parameter(request, SUBSCRIPTION) != null) {
      entry = find(request, response);
      if (entry == null) {
        return;
      }
      asked = entry.asked(request);
    } else {
      try {
        asked = StreamRequest.of(request);
      } catch (IllegalArgumentException e) {
        refuse(response, HttpServletResponse.SC_BAD_REQUEST, "a channel's name is not valid");
        return;
      }
    }
    StreamPolicy.Accept accept = decide(asked, entry, response);
    if (accept != null && request.getMethod().equals("HEAD")) {
      EventStream.writeHead(response);
    } else if (accept != null) {
      stream(request, response, asked, entry, accept);
    }
  }

  private void stream(
      HttpServletRequest request,
      HttpServletResponse response,
      StreamRequest asked,
      StreamSubscriptions.@Nullable Entry entry,
      StreamPolicy.Accept accept)
      throws IOException {
    String owner = accept.owner();
    String address = request.getRemoteAddr();
    if (!counts.enter(owner, address)) {
      EventStream.refuseSoftly(response, retry(), "too many streams");
      return;
    }
    EventStream opened = null;
    try {
      opened =
          EventStream.open(
              request,
              response,
              hub,
              accept.interest(),
              unauthorized(asked, accept),
              options.stream(),
              subscription -> {
                if (entry != null) {
                  entry.opening(asked, subscription);
                }
              });
    } finally {
      if (opened == null) {
        counts.leave(owner, address);
      }
    }
    opened.onEnd(why -> counts.leave(owner, address));
    Instant expiry = accept.expiry();
    if (expiry != null) {
      Duration left = Duration.between(options.clock().instant(), expiry);
      opened.goAwayAfter(left, StreamEnd.EXPIRED);
    }
    if (entry != null) {
      entry.attach(opened);
    }
  }

  /** Says what was asked for and is not allowed, as a gap: it will be missing, also from before. */
  private static byte[] unauthorized(StreamRequest asked, StreamPolicy.Accept accept) {
    ChannelSet allowed = accept.interest().channels();
    List<String> missing = asked.channels().stream().filter(one -> !allowed.contains(one)).toList();
    if (missing.isEmpty()) {
      return new byte[0];
    }
    // Names of channels have no character that JSON would escape.
    String names = String.join("\",\"", missing);
    String data = "{\"reason\":\"unauthorized\",\"channels\":[\"" + names + "\"]}";
    return new FrameEncoder(data.length() + 32).event("sse.gap", data).toByteArray();
  }

  private static boolean acceptable(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (RequestText.acceptsEvents(request)) {
      return true;
    }
    refuse(response, HttpServletResponse.SC_NOT_ACCEPTABLE, "here is text/event-stream only");
    return false;
  }

  // POST, PUT, DELETE: subscriptions

  private void create(HttpServletRequest request, HttpServletResponse response) throws IOException {
    StreamRequest asked = read(request, response);
    if (asked == null) {
      return;
    }
    StreamPolicy.Accept accept = decideWhole(asked, null, response);
    if (accept == null) {
      return;
    }
    StreamSubscriptions.Entry entry =
        EventStreams.of(getServletContext()).isDraining()
            ? null
            : subscriptions.add(asked, accept.owner());
    if (entry == null) {
      refuseForNow(response);
      return;
    }
    response.setStatus(HttpServletResponse.SC_CREATED);
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Location", location(request, entry));
  }

  /**
   * The path as the client wrote it, so that it holds behind a proxy; never another host's. With
   * its query, since an {@code EventSource} that needs a ticket there to ask needs it to stream.
   */
  private static String location(HttpServletRequest request, StreamSubscriptions.Entry entry) {
    String path = request.getRequestURI().replaceFirst("^/+", "/");
    String query = request.getQueryString();
    String kept = query == null || query.isEmpty() ? "" : query + "&";
    return path + "?" + kept + SUBSCRIPTION + "=" + entry.id;
  }

  private void change(HttpServletRequest request, HttpServletResponse response) throws IOException {
    StreamSubscriptions.Entry entry = find(request, response);
    if (entry == null) {
      return;
    }
    if (request.getMethod().equals("DELETE")) {
      if (decide(entry.asked(request), entry, response) != null) {
        subscriptions.remove(entry);
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
      }
      return;
    }
    StreamRequest asked = read(request, response);
    if (asked == null) {
      return;
    }
    StreamPolicy.Accept accept = decideWhole(asked, entry, response);
    if (accept != null) {
      entry.change(asked, accept);
      response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }
  }

  private StreamSubscriptions.@Nullable Entry find(
      HttpServletRequest request, HttpServletResponse response) throws IOException {
    String id = RequestText.parameter(request, SUBSCRIPTION);
    StreamSubscriptions.Entry entry = id == null ? null : subscriptions.find(id);
    if (entry == null) {
      refuseUnknown(response);
    }
    return entry;
  }

  /** Reads a body, or answers why not. */
  private @Nullable StreamRequest read(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String type = request.getContentType();
    if (type == null
        || !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals("application/json")) {
      refuse(
          response,
          HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE,
          "a subscription is application/json");
      return null;
    }
    int most = options.limits().bodyBytes();
    byte[] body = request.getInputStream().readNBytes(most + 1);
    if (body.length > most) {
      refuse(
          response,
          HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
          "the subscription is too large");
      return null;
    }
    try {
      SubscriptionBody parsed = SubscriptionBody.parse(body);
      return new StreamRequest(request, parsed.channels(), parsed.types());
    } catch (SubscriptionBody.Malformed e) {
      refuse(response, HttpServletResponse.SC_BAD_REQUEST, e.getMessage());
    } catch (NoClassDefFoundError missing) {
      EventStreams.LOG.log(
          System.Logger.Level.ERROR,
          "subscriptions by POST need jackson-databind on the class path; name the channels in the"
              + " URL instead",
          missing);
      refuse(
          response,
          HttpServletResponse.SC_NOT_IMPLEMENTED,
          "subscriptions by POST need jackson-databind on the server");
    }
    return null;
  }

  // What the policy says

  /** As {@link #decide}, but all that is asked for must be allowed. */
  private StreamPolicy.@Nullable Accept decideWhole(
      StreamRequest asked, StreamSubscriptions.@Nullable Entry entry, HttpServletResponse response)
      throws IOException {
    StreamPolicy.Accept accept = decide(asked, entry, response);
    if (accept == null || unauthorized(asked, accept).length == 0) {
      return accept;
    }
    refuse(response, HttpServletResponse.SC_FORBIDDEN, "not all of these channels are allowed");
    return null;
  }

  /** Asks the policy; answers the request if it refuses. */
  private StreamPolicy.@Nullable Accept decide(
      StreamRequest asked, StreamSubscriptions.@Nullable Entry entry, HttpServletResponse response)
      throws IOException {
    if (asked.channels().size() > options.limits().channels()) {
      refuse(response, HttpServletResponse.SC_BAD_REQUEST, "too many channels for one stream");
      return null;
    }
    StreamPolicy.Decision decision = policy.decide(asked);
    if (decision instanceof StreamPolicy.Accept accept) {
      Instant expiry = accept.expiry();
      if (expiry != null && !options.clock().instant().isBefore(expiry)) {
        refuse(response, HttpServletResponse.SC_FORBIDDEN, "what allowed this has expired");
        return null;
      }
      if (entry != null && !entry.isOwnedBy(accept.owner())) {
        refuseUnknown(response); // and do not say that it is somebody else's
        return null;
      }
      return accept;
    }
    refuse(asked.http(), response, (StreamPolicy.Refuse) decision);
    return null;
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, StreamPolicy.Refuse refusal)
      throws IOException {
    switch (refusal.how()) {
      case UNAUTHENTICATED -> {
        if (refusal.challenge() != null) {
          response.setHeader("WWW-Authenticate", refusal.challenge());
        }
        refuse(response, HttpServletResponse.SC_UNAUTHORIZED, "who asks?");
      }
      case FORBIDDEN -> refuse(response, HttpServletResponse.SC_FORBIDDEN, "not allowed");
      case FOR_GOOD -> {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        response.setHeader("Cache-Control", "no-store");
      }
      case LATER -> {
        if (request.getMethod().equals("GET") || request.getMethod().equals("HEAD")) {
          EventStream.refuseSoftly(response, retry(), "later");
        } else {
          refuseForNow(response);
        }
      }
    }
  }

  private static void refuseUnknown(HttpServletResponse response) throws IOException {
    refuse(response, HttpServletResponse.SC_NOT_FOUND, "there is no such subscription (any more)");
  }

  /** To a client that can read a status. */
  private void refuseForNow(HttpServletResponse response) throws IOException {
    long seconds = Math.max(1, retry().toSeconds());
    response.setHeader("Retry-After", Long.toString(seconds));
    refuse(response, 429, "too many subscriptions");
  }

  private Duration retry() {
    return hub.pump().jitter(options.refusalRetry());
  }

  private static void options(
      HttpServletRequest request, HttpServletResponse response, boolean named) {
    String allow = named ? ALLOW_SUBSCRIPTION : ALLOW;
    if (request.getHeader("Access-Control-Request-Method") != null) {
      CrossOrigin.answerPreflight(response, allow);
    } else {
      response.setHeader("Allow", allow);
      response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }
  }

  private static void notAllowed(HttpServletResponse response, String allow) throws IOException {
    response.setHeader("Allow", allow);
    refuse(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "use one of " + allow);
  }

  /** A line of text, not {@code sendError}: nobody wants the container's error page here. */
  private static void refuse(HttpServletResponse response, int status, @Nullable String why)
      throws IOException {
    response.setStatus(status);
    response.setContentType("text/plain;charset=UTF-8");
    response.setHeader("Cache-Control", "no-store");
    response.getOutputStream().write((why + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
