package dev.ssebridge.benchmark;

import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;

/** A channel of our hub. */
final class HubFanout implements HostedFanout {
  private final SseHub hub = SseHub.create();

  @Override
  public void configure(ServerConfig.Builder server) {
    server.initializer(new EventStreamInitializer(), Set.of());
    server.servlet("/events", new Channel(hub));
  }

  @Override
  public void publish(String text) {
    var unused = hub.publish("prices", text);
  }

  @Override
  public String cursor() {
    return hub.cursor().toString();
  }

  @Override
  public int clients() {
    return hub.pump().streams();
  }

  private static final class Channel extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient SseHub hub;

    Channel(SseHub hub) {
      this.hub = hub;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      EventStream.open(request, response, hub, "prices");
    }
  }
}
