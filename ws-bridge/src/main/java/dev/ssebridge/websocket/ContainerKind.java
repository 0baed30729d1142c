package dev.ssebridge.websocket;

import jakarta.websocket.server.ServerContainer;
import org.jspecify.annotations.Nullable;

/** The containers whose ways with the objects of the API differ, told by the names of classes. */
enum ContainerKind {
  /** Casts the context attribute back when its filter starts and when the application ends. */
  TOMCAT("org.apache.tomcat.", true, false),
  /** Casts the attribute only before our initializer runs. Its own filter is the first. */
  JETTY("org.eclipse.jetty.", true, true),
  /** Casts the attribute at any time, but can be asked what it has deployed. */
  UNDERTOW("io.undertow.", false, false),
  /** One that nobody has tried: its WebSocket is left alone. */
  OTHER("", false, false);

  private final String packages;
  private final boolean viewable;
  private final boolean upgradesFirst;

  ContainerKind(String packages, boolean viewable, boolean upgradesFirst) {
    this.packages = packages;
    this.viewable = viewable;
    this.upgradesFirst = upgradesFirst;
  }

  /** The kind of a container as the container itself made it; null is {@link #OTHER}. */
  static ContainerKind of(@Nullable ServerContainer container) {
    if (container != null) {
      for (ContainerKind kind : values()) {
        if (container.getClass().getName().startsWith(kind.packages)) {
          return kind;
        }
      }
    }
    return OTHER;
  }

  /** Whether listeners of the application may be shown {@link BridgeContainer} in its place. */
  boolean viewable() {
    return viewable;
  }

  /**
   * Whether native upgrades happen in front of the application's filters; if not, behind them, and
   * a filter in front can hide an upgrade from it.
   */
  boolean upgradesFirst() {
    return upgradesFirst;
  }
}
