package dev.ssebridge.websocket;

import dev.ssebridge.Cursor;
import dev.ssebridge.EventStreamParser;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests that are the bridge's at an endpoint's URL, and passes every other one on: a
 * {@code GET} that asks for an event stream by name, a {@code POST} or {@code DELETE} that names a
 * session, and the upgrades that {@link UpgradeFilter} has let through. It stands behind the
 * application's filters, so that those which authenticate or count see what they see of a servlet;
 * {@link PreflightFilter} stands in front.
 */
final class BridgeFilter extends HttpFilter {
  private static final long serialVersionUID = 1;
  private static final String TEXT = "text/plain";
  private static final String BINARY = "application/octet-stream";
  private static final String EVENTS = "text/event-stream";
  private static final int MAX_BODY =
      Integer.MAX_VALUE - 16; // one array holds it, and one more byte
  private static final String RECEIVED = "Sse-Received";

  private final transient SseBridge bridge;
  private final transient StreamOpening streams;

  BridgeFilter(SseBridge bridge) {
    this.bridge = bridge;
    streams = new StreamOpening(bridge);
  }

  /** Filters start last: by now the application has added its endpoints. */
  @Override
  public void init() throws ServletException {
    try {
      bridge.adoptAll();
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    PathTable.Match<Deployed> upgrade = HiddenUpgrade.reveal(request);
    if (upgrade != null) {
      Objects.requireNonNull(bridge.nativeContainer()).upgrade(request, response, chain, upgrade);
      return;
    }
    PathTable.Match<Deployed> match = isOurs(request) ? bridge.endpointAt(request) : null;
    if (match == null || (!bridge.isOn(match.target()) && !continuesSession(request))) {
      chain.doFilter(request, response);
      return;
    }
    switch (request.getMethod()) {
      case "GET" -> streams.answer(request, response, match.target(), match.parameters());
      case "POST" -> post(request, response, match.target());
      default -> delete(request, response, match.target());
    }
  }

  private static boolean isOurs(HttpServletRequest request) {
    return switch (request.getMethod()) {
      case "GET" ->
          acceptsEventStream(request)
              && !"websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
      case "POST" -> SessionAccess.token(request) != null || isStrayMessage(request);
      case "DELETE" -> SessionAccess.token(request) != null;
      default -> false;
    };
  }

  /** Sessions that are open go on where the bridge has been switched off meanwhile. */
  private boolean continuesSession(HttpServletRequest request) {
    if (SessionAccess.token(request) != null) {
      return true;
    }
    String text = SessionAccess.cursor(request);
    return text != null
        && Cursor.parse(text).map(cursor -> bridge.knows(cursor.epoch())).orElse(false);
  }

  /** By name: with a wildcard alone, a crawler would open sessions. */
  private static boolean acceptsEventStream(HttpServletRequest request) {
    var headers = request.getHeaders("Accept");
    while (headers.hasMoreElements()) {
      for (String range : headers.nextElement().toLowerCase(Locale.ROOT).split(",", -1)) {
        String[] parts = range.split(";", -1);
        if (parts[0].trim().equals(EVENTS)) {
          boolean refused = false;
          for (int i = 1; i < parts.length; i++) {
            refused |= parts[i].trim().matches("q\\s*=\\s*0(\\.0{0,3})?");
          }
          return !refused;
        }
      }
    }
    return false;
  }

  /**
   * A message whose sender forgot the session, unless the application has a servlet of its own
   * there.
   */
  private static boolean isStrayMessage(HttpServletRequest request) {
    String type = mediaType(request);
    return (type.equals(TEXT) || type.equals(BINARY) || type.equals(EVENTS))
        && request.getHttpServletMapping().getMappingMatch() == MappingMatch.DEFAULT;
  }

  private static String mediaType(HttpServletRequest request) {
    String type = request.getContentType();
    return type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
  }

  // POST: messages

  private void post(HttpServletRequest request, HttpServletResponse response, Deployed endpoint)
      throws IOException {
    if (!Origins.admit(request, response, endpoint.config())) {
      return;
    }
    String token = SessionAccess.token(request);
    if (token == null) {
      Refusal.write(
          response, HttpServletResponse.SC_BAD_REQUEST, "the header Sse-Session is missing");
      return;
    }
    BridgeSession session = livingSession(request, response, endpoint, token);
    if (session == null) {
      return;
    }
    try {
      if (mayBeTooBig(request, session)) { // for now: @OnOpen may be about to set another bound
        session.inbox().awaitRelease(bridge.options().inboxWait().toNanos());
      }
      switch (mediaType(request)) {
        case TEXT -> single(request, response, session, false);
        case BINARY -> single(request, response, session, true);
        case EVENTS -> batch(request, response, session);
        default ->
            answer(
                response,
                session,
                HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE,
                "a message is text/plain, application/octet-stream or text/event-stream");
      }
    } catch (UpstreamReader.Malformed e) {
      session.inbox().closeWith(new Upstream.Close(e.reason())); // behind what was taken before
      answer(response, session, HttpServletResponse.SC_BAD_REQUEST, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(response, session, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "interrupted");
    } finally {
      session.inbox().drain();
    }
  }

  private static boolean mayBeTooBig(HttpServletRequest request, BridgeSession session) {
    long length = request.getContentLengthLong();
    return length < 0 || length > Math.min(session.maxBytes(false), session.maxBytes(true));
  }

  /** The session of a token; one that waits for its client's stream after a restart is not yet. */
  private @Nullable BridgeSession livingSession(
      HttpServletRequest request, HttpServletResponse response, Deployed endpoint, String token)
      throws IOException {
    if (bridge.saved().find(token) != null) {
      restarting(response);
      return null;
    }
    return SessionAccess.find(bridge, request, response, endpoint, token);
  }

  private static void restarting(HttpServletResponse response) throws IOException {
    response.setHeader("Retry-After", "1");
    Refusal.write(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "the server is restarting");
  }

  private void single(
      HttpServletRequest request,
      HttpServletResponse response,
      BridgeSession session,
      boolean binary)
      throws IOException, UpstreamReader.Malformed, InterruptedException {
    int most = (int) Math.min(session.maxBytes(binary), MAX_BODY);
    InputStream in = request.getInputStream();
    byte[] body = in.readNBytes(most);
    if (in.read() >= 0) {
      tooBig(response, session);
      return;
    }
    String numberText = request.getHeader("Sse-Number");
    long number = numberText == null ? 0 : UpstreamReader.number(numberText);
    Upstream message =
        binary
            ? new Upstream.Binary(body, Upstream.Part.WHOLE)
            : new Upstream.Text(utf8(body), body.length, Upstream.Part.WHOLE);
    conclude(response, session, take(session, number, message, inboxDeadline()));
  }

  private static String utf8(byte[] body) throws UpstreamReader.Malformed {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new UpstreamReader.Malformed(CloseCodes.NOT_CONSISTENT, "not UTF-8");
    }
  }

  /** Takes a batch event by event, so that what is wrong with one leaves those before it taken. */
  private void batch(
      HttpServletRequest request, HttpServletResponse response, BridgeSession session)
      throws IOException, UpstreamReader.Malformed, InterruptedException {
    var parser = new EventStreamParser(bridge.options().maxBatchBytes());
    byte[] buffer = new byte[8192];
    InputStream body = request.getInputStream();
    long deadline = inboxDeadline();
    long total = 0;
    long previous = 0;
    Inbox.Taken taken = Inbox.Taken.NEW;
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      total += count;
      if (total > bridge.options().maxBatchBytes()) {
        tooBig(response, session);
        return;
      }
      parser.feed(buffer, 0, count);
      for (EventStreamParser.Step step = parser.next();
          step != EventStreamParser.Stop.NEEDS_INPUT;
          step = parser.next()) {
        if (step == EventStreamParser.Stop.TOO_LARGE) {
          tooBig(response, session);
          return;
        }
        if (step instanceof EventStreamParser.Event event) {
          long number = UpstreamReader.number(event);
          if (number == 0 && previous == 0) {
            throw new UpstreamReader.Malformed(
                CloseCodes.PROTOCOL_ERROR, "the first event of a batch needs an id");
          }
          previous = number == 0 ? previous + 1 : number;
          Upstream message = UpstreamReader.read(event);
          if (isTooBig(session, message)) {
            tooBig(response, session);
            return;
          }
          taken = take(session, previous, message, deadline);
          if (taken != Inbox.Taken.NEW && taken != Inbox.Taken.REPEATED) {
            conclude(response, session, taken);
            return;
          }
        }
      }
    }
    if (parser.hasUnfinishedBlock()) {
      answer(response, session, HttpServletResponse.SC_BAD_REQUEST, "the last event is unfinished");
      return;
    }
    conclude(response, session, taken);
  }

  /** Until when a request may wait for room in all. */
  private long inboxDeadline() {
    return bridge.nanoTime() + bridge.options().inboxWait().toNanos();
  }

  private static boolean isTooBig(BridgeSession session, Upstream message) {
    if (message instanceof Upstream.Text) {
      return message.bytes() > session.maxBytes(false);
    }
    return message instanceof Upstream.Binary && message.bytes() > session.maxBytes(true);
  }

  private Inbox.Taken take(BridgeSession session, long number, Upstream message, long deadline)
      throws InterruptedException, UpstreamReader.Malformed {
    Inbox inbox = session.inbox();
    Inbox.Taken taken = inbox.take(number, message, 0);
    for (long left = deadline - bridge.nanoTime();
        taken == Inbox.Taken.FULL && left > 0;
        left = deadline - bridge.nanoTime()) {
      // A batch may hold more than the inbox, and then nobody but this thread makes room in it.
      taken = inbox.take(number, message, inbox.handleNext() ? 0 : left);
    }
    if (taken == Inbox.Taken.MIXED) {
      throw new UpstreamReader.Malformed(
          CloseCodes.PROTOCOL_ERROR, "a message stands between the parts of another");
    }
    return taken;
  }

  private void conclude(HttpServletResponse response, BridgeSession session, Inbox.Taken taken)
      throws IOException {
    switch (taken) {
      case NEW, REPEATED -> {
        received(response, session);
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
      }
      case HOLE ->
          answer(
              response, session, HttpServletResponse.SC_CONFLICT, "an earlier number is missing");
      case FULL -> {
        response.setHeader("Retry-After", "1");
        answer(response, session, 429, "the endpoint is behind");
      }
      case FROZEN -> restarting(response);
      case CLOSED, MIXED ->
          answer(response, session, HttpServletResponse.SC_GONE, "the session is closed");
    }
  }

  private static void tooBig(HttpServletResponse response, BridgeSession session)
      throws IOException {
    var reason = new CloseReason(CloseCodes.TOO_BIG, "the message is too big");
    session.inbox().closeWith(new Upstream.Close(reason)); // behind what was taken before
    answer(
        response,
        session,
        HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
        "the message is too big");
  }

  // DELETE: the client closes

  private void delete(HttpServletRequest request, HttpServletResponse response, Deployed endpoint)
      throws IOException {
    if (!Origins.admit(request, response, endpoint.config())) {
      return;
    }
    BridgeSession session =
        livingSession(
            request, response, endpoint, Objects.requireNonNull(SessionAccess.token(request)));
    if (session == null) {
      return;
    }
    if (session.isFrozen()) {
      restarting(response);
      return;
    }
    session.inbox().closeWith(new Upstream.Close(null));
    received(response, session);
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    session.inbox().drain();
  }

  private static void received(HttpServletResponse response, BridgeSession session) {
    response.setHeader(RECEIVED, Long.toString(session.inbox().received()));
  }

  private static void answer(
      HttpServletResponse response, BridgeSession session, int status, @Nullable String why)
      throws IOException {
    received(response, session);
    Refusal.write(response, status, why);
  }
}
