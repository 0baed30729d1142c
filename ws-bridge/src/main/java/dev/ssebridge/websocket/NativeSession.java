package dev.ssebridge.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Extension;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session of the container's own WebSocket, as its endpoint sees it: the container's in all but
 * {@link #getOpenSessions}, where the sessions over Server-Sent Events are too.
 *
 * <p>Threading: as the container's own.
 */
final class NativeSession implements Session {
  private final Session session;
  private final Deployed deployed;

  NativeSession(Session session, Deployed deployed) {
    this.session = session;
    this.deployed = deployed;
  }

  @Override
  public Set<Session> getOpenSessions() {
    if (!session.isOpen()) {
      return session.getOpenSessions(); // throws what this container throws
    }
    return deployed.openSessions();
  }

  @Override
  public WebSocketContainer getContainer() {
    return session.getContainer();
  }

  @Override
  public void addMessageHandler(MessageHandler handler) {
    session.addMessageHandler(handler);
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Whole<T> handler) {
    session.addMessageHandler(type, handler);
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Partial<T> handler) {
    session.addMessageHandler(type, handler);
  }

  @Override
  public Set<MessageHandler> getMessageHandlers() {
    return session.getMessageHandlers();
  }

  @Override
  public void removeMessageHandler(MessageHandler handler) {
    session.removeMessageHandler(handler);
  }

  @Override
  public String getProtocolVersion() {
    return session.getProtocolVersion();
  }

  @Override
  public String getNegotiatedSubprotocol() {
    return session.getNegotiatedSubprotocol();
  }

  @Override
  public List<Extension> getNegotiatedExtensions() {
    return session.getNegotiatedExtensions();
  }

  @Override
  public boolean isSecure() {
    return session.isSecure();
  }

  @Override
  public boolean isOpen() {
    return session.isOpen();
  }

  @Override
  public long getMaxIdleTimeout() {
    return session.getMaxIdleTimeout();
  }

  @Override
  public void setMaxIdleTimeout(long milliseconds) {
    session.setMaxIdleTimeout(milliseconds);
  }

  @Override
  public void setMaxBinaryMessageBufferSize(int length) {
    session.setMaxBinaryMessageBufferSize(length);
  }

  @Override
  public int getMaxBinaryMessageBufferSize() {
    return session.getMaxBinaryMessageBufferSize();
  }

  @Override
  public void setMaxTextMessageBufferSize(int length) {
    session.setMaxTextMessageBufferSize(length);
  }

  @Override
  public int getMaxTextMessageBufferSize() {
    return session.getMaxTextMessageBufferSize();
  }

  @Override
  public RemoteEndpoint.Async getAsyncRemote() {
    return session.getAsyncRemote();
  }

  @Override
  public RemoteEndpoint.Basic getBasicRemote() {
    return session.getBasicRemote();
  }

  @Override
  public String getId() {
    return session.getId();
  }

  @Override
  public void close() throws IOException {
    session.close();
  }

  @Override
  public void close(CloseReason reason) throws IOException {
    session.close(reason);
  }

  @Override
  public URI getRequestURI() {
    return session.getRequestURI();
  }

  @Override
  public Map<String, List<String>> getRequestParameterMap() {
    return session.getRequestParameterMap();
  }

  @Override
  public String getQueryString() {
    return session.getQueryString();
  }

  @Override
  public Map<String, String> getPathParameters() {
    return session.getPathParameters();
  }

  @Override
  public Map<String, Object> getUserProperties() {
    return session.getUserProperties();
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    return session.getUserPrincipal();
  }

  @Override
  public String toString() {
    return session.toString();
  }
}
