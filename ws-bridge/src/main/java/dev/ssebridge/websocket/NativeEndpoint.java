package dev.ssebridge.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the container's own WebSocket and an endpoint: one per session, which it brings
 * into the endpoint's room.
 *
 * <p>Threading: the container calls it.
 */
final class NativeEndpoint extends Endpoint {
  private final Deployed deployed;
  private final SessionConfig config;
  private final AtomicBoolean left = new AtomicBoolean();
  private volatile @Nullable NativeSession session; // from onOpen on
  private volatile @Nullable Endpoint endpoint; // from make() on

  NativeEndpoint(Deployed deployed, SessionConfig config) {
    this.deployed = deployed;
    this.config = config;
  }

  /**
   * Makes the application's endpoint, if there is none yet.
   *
   * @throws InstantiationException if the application gives none
   */
  Endpoint make() throws InstantiationException {
    Endpoint made = endpoint;
    if (made == null) {
      made = deployed.newEndpoint();
      endpoint = made;
    }
    return made;
  }

  @Override
  public void onOpen(Session containers, EndpointConfig ignored) {
    containers.getUserProperties().putAll(config.getUserProperties()); // Undertow forgets them
    NativeSession opened = session(containers);
    Endpoint made;
    try {
      made = make();
    } catch (InstantiationException | RuntimeException fault) { // the application's
      SseBridge.LOG.log(Level.ERROR, "no session at " + deployed.path(), fault);
      refuse(containers);
      return;
    }
    deployed.enter(opened);
    boolean open = false;
    try {
      made.onOpen(opened, config);
      open = true;
    } finally {
      if (!open) { // the container ends the session, but may not tell us
        leave(opened);
      }
    }
  }

  @Override
  public void onClose(Session containers, CloseReason reason) {
    NativeSession closed = session(containers);
    Endpoint made = endpoint;
    if (made == null) {
      return;
    }
    try {
      made.onClose(closed, reason);
    } finally {
      leave(closed);
    }
  }

  @Override
  public void onError(Session containers, Throwable error) {
    Endpoint made = endpoint;
    if (made != null) {
      made.onError(session(containers), error);
    }
  }

  private static void refuse(Session containers) {
    try {
      containers.close(new CloseReason(CloseCodes.UNEXPECTED_CONDITION, "the endpoint has failed"));
    } catch (IOException e) {
      SseBridge.LOG.log(Level.DEBUG, "a client was not told that it is refused", e);
    }
  }

  private NativeSession session(Session containers) {
    NativeSession known = session;
    if (known == null) {
      known = new NativeSession(containers, deployed);
      session = known;
    }
    return known;
  }

  private void leave(NativeSession gone) {
    if (left.compareAndSet(false, true)) {
      deployed.leave(gone);
      Endpoint made = endpoint;
      if (made != null) {
        deployed.release(made);
      }
    }
  }
}
