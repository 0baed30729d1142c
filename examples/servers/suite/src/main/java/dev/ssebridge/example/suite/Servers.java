package dev.ssebridge.example.suite;

import dev.ssebridge.example.server.Container;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerCertificate;
import dev.ssebridge.example.server.ServerConfig;
import java.net.http.HttpClient;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts servers for one test, and stops them and whatever else the test hands over when the test
 * ends, the newest first.
 */
public final class Servers implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private Servers() {}

  /** The container that runs the suite. */
  public Container container() {
    return Container.onClassPath();
  }

  /** Starts a server that the end of the test stops. */
  public EmbeddedServer start(ServerConfig.Builder config) {
    return closing(container().start(config.build()));
  }

  /** Closes a resource when the test ends, before those handed over earlier. */
  public <T extends AutoCloseable> T closing(T resource) {
    open.push(resource);
    return resource;
  }

  /** A client that speaks HTTP/1.1 only. */
  public HttpClient http1() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** A client that prefers HTTP/2 and trusts {@link EmbeddedServer#httpsUri()}. */
  public HttpClient http2() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_2)
        .sslContext(ServerCertificate.clientContext())
        .build();
  }

  @Override
  public void close() throws Exception {
    Exception first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Gives each test its own {@link Servers}. */
  static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
      return parameter.getParameter().getType() == Servers.class;
    }

    @Override
    public Servers resolveParameter(ParameterContext parameter, ExtensionContext test) {
      return test.getStore(ExtensionContext.Namespace.create(Servers.class))
          .getOrComputeIfAbsent(Servers.class, key -> new Servers(), Servers.class);
    }
  }
}
