package com.example.dashboard;

import dev.ssebridge.HubOptions;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.EventStreamServletOptions;
import dev.ssebridge.servlet.StreamPolicy;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.annotation.WebListener;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Puts the dashboard together: a hub, the feed that publishes to it, and the servlet that streams
 * it. All three live as long as the application.
 */
@WebListener
public class Dashboard implements ServletContextListener {
  private static final Duration TICK = Duration.ofMillis(250);

  private final Board board = new Board();
  private final SseHub hub =
      SseHub.create(
          HubOptions.DEFAULTS
              .withSnapshot("metrics", board::snapshot)
              .withSnapshot("alerts", board::snapshot)
              .withSnapshot("builds", board::snapshot));
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "dashboard-feed"));

  @Override
  public void contextInitialized(ServletContextEvent event) {
    board.publishTo(hub);
    SimulatedFeed feed = new SimulatedFeed(board, 4711);
    var unused =
        timer.scheduleAtFixedRate(
            () -> feed.tick(System.currentTimeMillis()), 0, TICK.toMillis(), TimeUnit.MILLISECONDS);

    StreamOptions times = StreamOptions.DEFAULTS.withRetry(Duration.ofMillis(500));
    ServletRegistration.Dynamic events =
        event
            .getServletContext()
            .addServlet(
                "events",
                new EventStreamServlet(
                    hub,
                    StreamPolicy.publicChannels("metrics", "alerts", "builds"),
                    EventStreamServletOptions.DEFAULTS.withStream(
                        EventStreamOptions.DEFAULTS.withTimes(times))));
    events.setAsyncSupported(true);
    events.addMapping("/events/*");
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    timer.shutdownNow();
    hub.close(); // the servlet has drained the streams by now
  }
}
