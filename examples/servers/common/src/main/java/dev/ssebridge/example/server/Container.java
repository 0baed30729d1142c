package dev.ssebridge.example.server;

import java.util.Iterator;
import java.util.ServiceLoader;

/**
 * A container that can be embedded: what a container's module provides to {@link ServiceLoader}.
 *
 * <p><b>Threading:</b> safe for concurrent use.
 */
public interface Container {
  /** The name with the version that runs, such as {@code Tomcat 11.0.24}. */
  String name();

  /**
   * Whether a war is deployed as the stock container does it: annotations and {@code web.xml} read,
   * initializers found, a class loader of its own. If not, the container's module says what is left
   * out.
   */
  boolean deploysStockWars();

  /**
   * Starts a server and returns when it accepts connections.
   *
   * @throws IllegalStateException if the application did not start or a port is taken; nothing is
   *     left running
   */
  EmbeddedServer start(ServerConfig config);

  /**
   * The one container on the class path.
   *
   * @throws IllegalStateException if there is none, or more than one
   */
  static Container onClassPath() {
    Iterator<Container> found = ServiceLoader.load(Container.class).iterator();
    if (!found.hasNext()) {
      throw new IllegalStateException("no container on the class path: add an example-server-*");
    }
    Container container = found.next();
    if (found.hasNext()) {
      throw new IllegalStateException(
          "two containers on the class path: " + container.name() + ", " + found.next().name());
    }
    return container;
  }
}
