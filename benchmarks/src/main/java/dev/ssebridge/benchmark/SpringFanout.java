package dev.ssebridge.benchmark;

import dev.ssebridge.example.server.ServerConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Spring MVC's {@code SseEmitter}, one for each client. */
final class SpringFanout implements HostedFanout {
  private long number;

  @Override
  public void configure(ServerConfig.Builder server) {
    var context = new AnnotationConfigWebApplicationContext();
    context.register(Events.class);
    server.servlet("/", new DispatcherServlet(context));
  }

  @Override
  public void publish(String text) throws IOException {
    String id = Long.toString(++number);
    for (SseEmitter emitter : Events.EMITTERS) {
      emitter.send(SseEmitter.event().id(id).data(text));
    }
  }

  @Override
  public int clients() {
    return Events.EMITTERS.size();
  }

  /** The application. */
  @EnableWebMvc
  @RestController
  public static class Events {
    private static final List<SseEmitter> EMITTERS = new CopyOnWriteArrayList<>();

    /** Opens a stream. */
    @GetMapping("/events")
    public SseEmitter open() throws IOException {
      var emitter = new SseEmitter(0L);
      emitter.send(SseEmitter.event().comment("open"));
      EMITTERS.add(emitter);
      return emitter;
    }
  }
}
