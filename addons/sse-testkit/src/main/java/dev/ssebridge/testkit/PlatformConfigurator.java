package dev.ssebridge.testkit;

import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.reflect.InvocationTargetException;
import java.util.List;

/** What a container's own configurator does (Jakarta WebSocket 2.1 §3.1), where there is none. */
public final class PlatformConfigurator extends ServerEndpointConfig.Configurator {
  /** For the service loader. */
  public PlatformConfigurator() {}

  @Override
  public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
    return requested.stream().filter(supported::contains).findFirst().orElse("");
  }

  @Override
  public List<Extension> getNegotiatedExtensions(
      List<Extension> installed, List<Extension> requested) {
    return List.of();
  }

  @Override
  public boolean checkOrigin(String originHeaderValue) {
    return true;
  }

  @Override
  public void modifyHandshake(
      ServerEndpointConfig sec, HandshakeRequest request, HandshakeResponse response) {}

  @Override
  public <T> T getEndpointInstance(Class<T> endpointClass) throws InstantiationException {
    try {
      return endpointClass.getConstructor().newInstance();
    } catch (InvocationTargetException e) {
      throw failed(endpointClass, e.getTargetException());
    } catch (ReflectiveOperationException e) {
      throw failed(endpointClass, e);
    }
  }

  private static InstantiationException failed(Class<?> type, Throwable why) {
    var failed = new InstantiationException("no instance of " + type.getName() + ": " + why);
    failed.initCause(why);
    return failed;
  }
}
