package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a tutorial shows: asynchronous requests in a list, written to and flushed one by one. */
final class ServletFanout implements HostedFanout {
  private final List<AsyncContext> clients = new CopyOnWriteArrayList<>();
  private long number;

  @Override
  public void configure(ServerConfig.Builder server) {
    server.servlet("/events", new Events(clients));
  }

  @Override
  public void publish(String text) throws IOException {
    byte[] event =
        ("id: " + ++number + "\ndata: " + text + "\n\n").getBytes(StandardCharsets.UTF_8);
    for (AsyncContext client : clients) {
      ServletOutputStream out = client.getResponse().getOutputStream();
      out.write(event);
      out.flush();
    }
  }

  @Override
  public int clients() {
    return clients.size();
  }

  private static final class Events extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient List<AsyncContext> clients;

    Events(List<AsyncContext> clients) {
      this.clients = clients;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentType("text/event-stream;charset=UTF-8");
      response.flushBuffer();
      AsyncContext client = request.startAsync();
      client.setTimeout(0);
      clients.add(client);
    }
  }
}
