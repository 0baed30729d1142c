package dev.ssebridge.websocket;

import dev.ssebridge.Cursor;
import dev.ssebridge.FrameEncoder;
import dev.ssebridge.StreamOptions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests for streams: opens sessions or resumes them, several on one stream where the
 * client asks for it.
 *
 * <p>Threading: safe for concurrent use, on the requests' threads.
 */
final class StreamOpening {
  private final SseBridge bridge;

  StreamOpening(SseBridge bridge) {
    this.bridge = bridge;
  }

  /** Answers a {@code GET} that asks for an event stream. */
  void answer(
      HttpServletRequest request,
      HttpServletResponse response,
      Deployed endpoint,
      Map<String, String> pathParameters)
      throws IOException {
    if (!Origins.admit(request, response, endpoint.config())) {
      return;
    }
    String named = SessionAccess.token(request);
    String cursorText = SessionAccess.cursor(request);
    Cursor cursor = cursorText == null ? null : Cursor.parse(cursorText).orElse(null);
    if (cursor != null && bridge.sessions().hasSeenTheEnd(cursor)) {
      response.setStatus(HttpServletResponse.SC_NO_CONTENT); // an EventSource stops for good
      return;
    }
    String token = named != null ? named : cursor == null ? null : cursor.epoch();
    if (token != null && !revive(request, token)) {
      refuseSoftly(response, soon(), "the session is being resumed already");
      return;
    }
    if (named != null) {
      resumeOnly(request, response, endpoint, named, cursor, cursorText);
      return;
    }
    if (cursor != null) {
      BridgeSession session = bridge.sessions().find(cursor.epoch());
      if (session != null
          && session.endpoint() == endpoint
          && SessionAccess.isOwner(request, session)) {
        if (resume(request, response, session, cursor.offset())) {
          return;
        }
      }
    }
    if (cursorText == null
        && "auto".equals(Handshake.parameter(request.getQueryString(), "sse-transport"))
        && !bridge.canary().picks(request)) {
      answer(response, new FrameEncoder(64).event("ws.use", "websocket"));
      return;
    }
    open(request, response, endpoint, pathParameters, cursorText != null);
  }

  /**
   * Lets a session from before the restart live again, if there is one and it is the client's.
   *
   * @return false if the client has to come again for it
   */
  private boolean revive(HttpServletRequest request, String token) {
    SavedSessions saved = bridge.saved();
    if (saved.find(token) == null) {
      return true;
    }
    if (!saved.claim(token)) {
      return false;
    }
    boolean over = false;
    try {
      SavedSession session = saved.find(token); // it may have been revived meanwhile
      if (session == null
          || !SessionAccess.isOwner(
              request, session.opening().principal(), session.opening().origin())) {
        return true;
      }
      BridgeSession revived = revive(request, session);
      over = revived == null || bridge.sessions().add(revived) == null;
      if (over && revived != null) {
        revived.endpoint().enter(revived);
      } else if (revived != null) {
        revived.discard();
      }
      return over;
    } finally {
      saved.done(token, over);
    }
  }

  /** Returns null if the application does not have the endpoint any more, or gives none. */
  private @Nullable BridgeSession revive(HttpServletRequest request, SavedSession saved) {
    Deployed endpoint = bridge.endpointOf(saved.path());
    if (endpoint == null) {
      return null;
    }
    try {
      var handshake = new Handshake(request, endpoint, saved.opening());
      ServerEndpointConfig config = handshake.config();
      config.getConfigurator().modifyHandshake(config, handshake, new Handshake.Response());
      handshake.end();
      return BridgeSession.thaw(bridge, endpoint, handshake, saved);
    } catch (InstantiationException | IOException | RuntimeException fault) {
      SseBridge.LOG.log(
          System.Logger.Level.ERROR, "a session of " + endpoint + " does not go on", fault);
      return null;
    }
  }

  private void resumeOnly(
      HttpServletRequest request,
      HttpServletResponse response,
      Deployed endpoint,
      String token,
      @Nullable Cursor cursor,
      @Nullable String cursorText)
      throws IOException {
    BridgeSession session = SessionAccess.find(bridge, request, response, endpoint, token);
    if (session == null) {
      return;
    }
    long offset = cursor != null && cursor.epoch().equals(token) ? cursor.offset() : -1;
    if (cursorText == null) {
      offset = 0; // nothing seen yet
    }
    if (!resume(request, response, session, offset)) {
      Refusal.write(response, HttpServletResponse.SC_GONE, "what followed this cursor is gone");
    }
  }

  /** Returns false if the session cannot be continued from there. */
  private boolean resume(
      HttpServletRequest request, HttpServletResponse response, BridgeSession session, long offset)
      throws IOException {
    if (session.isFrozen()) {
      refuseSoftly(response, soon(), "the server is restarting");
      return true;
    }
    if (session.isEnd(offset)) {
      response.setStatus(HttpServletResponse.SC_NO_CONTENT); // an EventSource stops for good
      return true;
    }
    var stream = new SessionStream();
    if (!stream.carry(session, offset)) {
      return false;
    }
    start(stream, session, offset, true, false, request, response);
    return true;
  }

  private void open(
      HttpServletRequest request,
      HttpServletResponse response,
      Deployed endpoint,
      Map<String, String> pathParameters,
      boolean lost)
      throws IOException {
    BridgeSession session;
    try {
      var handshake = new Handshake(request, endpoint, pathParameters);
      var answer = new Handshake.Response();
      ServerEndpointConfig config = handshake.config();
      config.getConfigurator().modifyHandshake(config, handshake, answer);
      handshake.end();
      answer
          .getHeaders()
          .forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
      session = new BridgeSession(bridge, endpoint, handshake, bridge.newToken());
    } catch (InstantiationException | RuntimeException fault) { // the application's
      SseBridge.LOG.log(System.Logger.Level.ERROR, "no session at " + endpoint.path(), fault);
      Refusal.write(
          response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR, "the endpoint has failed");
      return;
    }
    Sessions.Full full = bridge.sessions().add(session);
    if (full != null) {
      session.discard();
      refuseSoftly(response, bridge.options().lease(), full.comment());
      return;
    }
    endpoint.enter(session);
    boolean streaming = false;
    try {
      var stream = new SessionStream();
      stream.carry(session, 0);
      start(stream, session, 0, false, lost, request, response);
      streaming = true;
    } finally {
      if (!streaming) {
        bridge.sessions().remove(session);
        session.discard();
      }
    }
  }

  /** Opens a stream that carries a session, and those that the client wants on it too. */
  private void start(
      SessionStream stream,
      BridgeSession session,
      long offset,
      boolean resumed,
      boolean lost,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    StreamOptions options = streamOptions(request);
    FrameEncoder greeting =
        new FrameEncoder(512)
            .id(session.token(), offset)
            .event("ws.open", session.greeting(resumed, lost, options));
    for (Cursor cursor : also(request)) {
      boolean unused = revive(request, cursor.epoch()); // else it is carried the next time
      BridgeSession other = bridge.sessions().find(cursor.epoch());
      if (other != null && stream.carries(other)) {
        continue;
      }
      greeting.id(cursor.epoch(), cursor.offset());
      if (other != null && mayJoin(stream, other, request) && carry(stream, other, cursor)) {
        greeting.event("ws.open", other.greeting(true, false, options));
      } else {
        greeting.event("ws.apart", ""); // it asks by itself, and is told what is wrong
      }
    }
    stream.open(request, response, bridge.pump(), greeting.toByteArray(), options);
    stream.begin();
  }

  /** What names no session is left out: it could not be named in the answer either. */
  private static List<Cursor> also(HttpServletRequest request) {
    String header = request.getHeader("Sse-Also");
    String text =
        header != null ? header : Handshake.parameter(request.getQueryString(), "sse-also");
    return text == null
        ? List.of()
        : Arrays.stream(text.split(",", -1))
            .map(one -> Cursor.parse(one.trim()))
            .flatMap(Optional::stream)
            .filter(cursor -> SseBridge.isToken(cursor.epoch()))
            .toList();
  }

  private boolean mayJoin(SessionStream stream, BridgeSession other, HttpServletRequest request) {
    return stream.size() < bridge.options().limits().perStream()
        && SessionAccess.isOwner(request, other);
  }

  private static boolean carry(SessionStream stream, BridgeSession other, Cursor cursor) {
    return !other.isEnd(cursor.offset())
        && !other.isFrozen()
        && stream.carry(other, cursor.offset());
  }

  private StreamOptions streamOptions(HttpServletRequest request) {
    StreamOptions options = bridge.options().stream();
    return "event".equals(Handshake.parameter(request.getQueryString(), "sse-heartbeat"))
        ? options.withHeartbeatEvent(true)
        : options;
  }

  private Duration soon() {
    return bridge.options().stream().retry();
  }

  /** No status but 200 keeps an {@code EventSource} trying: it is told when to come back. */
  private void refuseSoftly(HttpServletResponse response, Duration wait, String why)
      throws IOException {
    long retry = bridge.pump().jitter(wait).toMillis();
    answer(response, new FrameEncoder(64).retry(retry).comment(why));
  }

  /** A stream that says one thing and ends. */
  private static void answer(HttpServletResponse response, FrameEncoder only) throws IOException {
    response.setContentType("text/event-stream;charset=UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.getOutputStream().write(only.toByteArray());
  }
}
