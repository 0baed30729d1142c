package dev.ssebridge.websocket;

import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A deployed configuration with user properties that belong to one session. */
final class SessionConfig implements ServerEndpointConfig {
  private final ServerEndpointConfig deployed;
  private final Class<?> endpointClass;
  private final Configurator configurator;
  private final Map<String, Object> userProperties;

  SessionConfig(ServerEndpointConfig deployed) {
    this(deployed, deployed.getEndpointClass(), deployed.getConfigurator());
  }

  /** The same for another endpoint class and configurator. */
  SessionConfig(ServerEndpointConfig deployed, Class<?> endpointClass, Configurator configurator) {
    this.deployed = deployed;
    this.endpointClass = endpointClass;
    this.configurator = configurator;
    userProperties = new ConcurrentHashMap<>(deployed.getUserProperties());
  }

  @Override
  public Class<?> getEndpointClass() {
    return endpointClass;
  }

  @Override
  public String getPath() {
    return deployed.getPath();
  }

  @Override
  public List<String> getSubprotocols() {
    return deployed.getSubprotocols();
  }

  @Override
  public List<Extension> getExtensions() {
    return deployed.getExtensions();
  }

  @Override
  public Configurator getConfigurator() {
    return configurator;
  }

  @Override
  public List<Class<? extends Encoder>> getEncoders() {
    return deployed.getEncoders();
  }

  @Override
  public List<Class<? extends Decoder>> getDecoders() {
    return deployed.getDecoders();
  }

  @Override
  public Map<String, Object> getUserProperties() {
    return userProperties;
  }
}
