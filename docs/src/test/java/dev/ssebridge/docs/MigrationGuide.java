package dev.ssebridge.docs;

import dev.ssebridge.SseHub;
import dev.ssebridge.websocket.ChannelSession;
import dev.ssebridge.websocket.Routing;
import dev.ssebridge.websocket.SseBridge;
import jakarta.servlet.ServletContext;
import jakarta.websocket.Session;
import java.util.Map;
import java.util.Set;

/** The code of migration.md. */
final class MigrationGuide {
  private MigrationGuide() {}

  static void route(ServletContext context) {
    // [route]
    SseBridge bridge = SseBridge.of(context);
    if (bridge != null) {
      bridge.routeBy(Routing.byJsonField("/type").only(Set.of("metric", "alert")));
    }
    // [/route]
  }

  static Routing functions() {
    // [function]
    Routing byEndpoint = Routing.byEndpoint(Map.of("/prices", Routing.to("price")));
    Routing byFunction =
        (path, text) -> path.equals("/log") && text.startsWith("ERROR") ? "error-line" : null;
    // [/function]
    return (path, text) ->
        path.equals("/prices") ? byEndpoint.route(path, text) : byFunction.route(path, text);
  }

  static void broadcast(SseHub hub, Set<Session> sessions) {
    // [channel]
    sessions.add(
        ChannelSession.builder(hub, "lobby").pathParameters(Map.of("room", "lobby")).open());
    // [/channel]
  }

  static Session mirror(SseHub hub, Session session, Map<String, Session> sessionOfUser) {
    // [mirror]
    String user = session.getPathParameters().get("user");
    Session both = ChannelSession.of(hub, "inbox." + user).mirror(session);
    sessionOfUser.put(user, both);
    // [/mirror]
    return both;
  }
}
