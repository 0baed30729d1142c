package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseBroadcaster;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.concurrent.atomic.AtomicInteger;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.jspecify.annotations.Nullable;

/** Jersey's broadcaster. */
final class JerseyFanout implements HostedFanout {
  private long number;

  @Override
  public void configure(ServerConfig.Builder server) {
    server.servlet("/*", new ServletContainer(new ResourceConfig(Events.class)));
  }

  @Override
  public void publish(String text) {
    Sse sse = Events.sse;
    SseBroadcaster broadcaster = Events.broadcaster;
    if (sse != null && broadcaster != null) {
      var unused =
          broadcaster.broadcast(
              sse.newEventBuilder().id(Long.toString(++number)).data(text).build());
    }
  }

  @Override
  public int clients() {
    return Events.registered.get();
  }

  /** The application. */
  @Path("/events")
  public static class Events {
    private static volatile @Nullable Sse sse;
    private static volatile @Nullable SseBroadcaster broadcaster;
    private static final AtomicInteger registered = new AtomicInteger();

    /** Opens a stream. */
    @GET
    @Produces("text/event-stream")
    public void open(@Context SseEventSink sink, @Context Sse injected) {
      SseBroadcaster all;
      synchronized (Events.class) {
        all = broadcaster;
        if (all == null) {
          sse = injected;
          all = injected.newBroadcaster();
          broadcaster = all;
        }
      }
      all.register(sink);
      registered.incrementAndGet();
      var unused = sink.send(injected.newEventBuilder().comment("open").build());
    }
  }
}
