package com.example.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.suite.OnEveryServer;
import dev.ssebridge.example.suite.Servers;
import dev.ssebridge.example.suite.StreamClient;
import dev.ssebridge.servlet.EventStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.filter.CharacterEncodingFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Streams that a controller of Spring MVC opens, and what Spring does around them. */
@OnEveryServer
class SpringMvcTest {
  /** A controller as its user writes it. */
  @RestController
  static class Streams {
    private final SseHub hub;

    Streams(SseHub hub) {
      this.hub = hub;
    }

    @GetMapping("/prices")
    void prices(HttpServletRequest request, HttpServletResponse response) {
      EventStream.open(request, response, hub, "prices");
    }

    @GetMapping("/answer")
    void answer(HttpServletRequest request, HttpServletResponse response) {
      EventStream answer = EventStream.open(request, response);
      answer.send("delta", "Hello");
      answer.send("delta", " world");
      answer.send("[DONE]");
      answer.end();
    }

    @GetMapping("/publish")
    String publish(@RequestParam("price") String price) {
      return hub.publish("prices", price).toCompletableFuture().join().toString();
    }
  }

  /** What an application adds. */
  @Configuration
  @EnableWebMvc
  static class Config {
    @Bean
    SseHub hub() {
      return SseHub.create();
    }
  }

  private static EmbeddedServer start(Servers servers) {
    var application = new AnnotationConfigWebApplicationContext();
    application.register(Config.class, Streams.class);
    return servers.start(
        ServerConfig.embedded()
            .filter("/*", new CharacterEncodingFilter("UTF-8", true))
            .servlet("/", new DispatcherServlet(application)));
  }

  @Test
  void aControllersChannelIsFollowedAndResumed(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    HttpClient http = servers.http1();
    StreamClient stream = StreamClient.open(http, server.uri("prices"));
    assertEquals(200, stream.status());
    publish(server, http, "1");
    assertEquals("1", stream.next().data());
    stream.close();
    publish(server, http, "2");

    StreamClient back =
        servers.closing(
            StreamClient.open(http, server.uri("prices"), "Last-Event-ID", stream.lastEventId()));

    assertEquals("2", back.next().data());
  }

  @Test
  void aControllersAnswerIsStreamedToItsEnd(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);

    StreamClient answer = servers.closing(StreamClient.open(servers.http1(), server.uri("answer")));

    assertEquals("Hello", answer.next().data());
    assertEquals(" world", answer.next().data());
    assertEquals("[DONE]", answer.next().data());
    answer.assertEnd();
  }

  private static void publish(EmbeddedServer server, HttpClient http, String price)
      throws Exception {
    var request = HttpRequest.newBuilder(server.uri("publish?price=" + price)).build();
    assertEquals(200, http.send(request, BodyHandlers.ofString()).statusCode());
  }
}
