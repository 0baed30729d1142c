package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Streams without a hub, each with a producer of its own, as the tokens of AI answers come. */
final class DirectFanout implements HostedFanout {
  private final List<EventStream> streams = new CopyOnWriteArrayList<>();

  @Override
  public void configure(ServerConfig.Builder server) {
    server.initializer(new EventStreamInitializer(), Set.of());
    server.servlet("/events", new Answers(streams));
  }

  @Override
  public void publish(String text) {
    publish(text, 0, 1);
  }

  @Override
  public void publish(String text, int group, int groups) {
    for (int i = group; i < streams.size(); i += groups) {
      streams.get(i).send("delta", text);
    }
  }

  @Override
  public int clients() {
    return streams.size();
  }

  private static final class Answers extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient List<EventStream> streams;

    Answers(List<EventStream> streams) {
      this.streams = streams;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      streams.add(EventStream.open(request, response));
    }
  }
}
