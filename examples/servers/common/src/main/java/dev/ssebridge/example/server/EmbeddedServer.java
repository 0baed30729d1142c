package dev.ssebridge.example.server;

import java.net.URI;
import java.time.Duration;

/**
 * A running container with one application, bound to 127.0.0.1 only.
 *
 * <p><b>Threading:</b> safe for concurrent use; the first of {@link #stop} and {@link #kill}
 * counts.
 */
public interface EmbeddedServer extends AutoCloseable {
  /**
   * Starts the container that is on the class path.
   *
   * @throws IllegalStateException if there is not exactly one, the application did not start or a
   *     port is taken
   */
  static EmbeddedServer start(ServerConfig config) {
    return Container.onClassPath().start(config);
  }

  /** The name of the container, as {@link Container#name()}. */
  String container();

  /** The root of the application over cleartext, ending in a slash: {@code http://127.0.0.1:…/}. */
  URI uri();

  /**
   * The root of the application over TLS, ending in a slash; HTTP/2 is negotiated there. Clients
   * trust it with {@link ServerCertificate#clientContext()}.
   *
   * @throws IllegalStateException if the server was configured without TLS
   */
  URI httpsUri();

  /** The cleartext port. */
  default int port() {
    return uri().getPort();
  }

  /**
   * An address below {@link #uri()}.
   *
   * @param path a path without leading slash, with its query if any
   */
  default URI uri(String path) {
    return uri().resolve(path);
  }

  /** An address below {@link #uri()} with the scheme {@code ws}, for a WebSocket client. */
  default URI wsUri(String path) {
    return URI.create("ws" + uri(path).toString().substring("http".length()));
  }

  /**
   * Stops in the container's own order and frees the ports. What the application can still write
   * while its context is destroyed differs: on Tomcat and Undertow the connections are open, on
   * Jetty they are cut before.
   *
   * @param grace how long the container may wait for requests to end; the stop as a whole takes
   *     little longer, also with streams that never end
   */
  void stop(Duration grace);

  /**
   * Cuts every connection and frees the ports before the application hears of anything, then ends
   * the application. It is what clients of a crashed server see.
   */
  void kill();

  /** Stops without waiting for requests to end. */
  @Override
  default void close() {
    stop(Duration.ZERO);
  }
}
