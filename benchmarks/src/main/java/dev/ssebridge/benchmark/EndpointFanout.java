package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A WebSocket endpoint that loops over its sessions, natively or through the bridge. */
final class EndpointFanout implements HostedFanout {
  private final boolean bridged;
  private final boolean batched;

  EndpointFanout(boolean bridged, boolean batched) {
    this.bridged = bridged;
    this.batched = batched;
    Prices.batched = batched;
    Prices.SESSIONS.clear();
  }

  @Override
  public void configure(ServerConfig.Builder server) {
    server.endpoints(Prices.class);
    if (bridged) {
      server.initializer(new SseBridgeInitializer());
    }
  }

  @Override
  public void publish(String text) throws IOException {
    Prices.broadcast(text);
  }

  @Override
  public int clients() {
    return Prices.SESSIONS.size();
  }

  @Override
  public void flush() throws IOException {
    if (batched) {
      Prices.flush();
    }
  }

  /** What an application would have: the code is the same over WebSocket and over the bridge. */
  @ServerEndpoint("/events")
  public static final class Prices {
    private static final Set<Session> SESSIONS = ConcurrentHashMap.newKeySet();
    private static volatile boolean batched;

    /** Joins. */
    @OnOpen
    public void open(Session session) throws IOException {
      session.setMaxIdleTimeout(0);
      if (batched) {
        session.getBasicRemote().setBatchingAllowed(true);
      }
      SESSIONS.add(session);
    }

    /** Leaves. */
    @OnClose
    public void close(Session session) {
      SESSIONS.remove(session);
    }

    static void broadcast(String text) throws IOException {
      for (Session session : SESSIONS) {
        session.getBasicRemote().sendText(text);
      }
    }

    static void flush() throws IOException {
      for (Session session : SESSIONS) {
        session.getBasicRemote().flushBatch();
      }
    }
  }
}
