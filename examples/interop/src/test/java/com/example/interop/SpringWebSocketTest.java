package com.example.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.suite.OnEveryServer;
import dev.ssebridge.example.suite.Servers;
import dev.ssebridge.example.suite.StreamClient;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.ContextLoaderListener;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;
import org.springframework.web.socket.server.standard.SpringConfigurator;

/** Endpoints that Spring registers and makes, with what it injects, over both transports. */
@OnEveryServer
class SpringWebSocketTest {
  /** A bean that endpoints are given. */
  static class Greeting {
    String to(String name, String text) {
      return name + ": hello " + text;
    }
  }

  /** As somebody writes it who never heard of SSE. */
  @ServerEndpoint(value = "/greet/{name}", configurator = SpringConfigurator.class)
  public static class Greeter {
    @Autowired private Greeting greeting;

    @OnMessage
    public void message(Session session, String text, @PathParam("name") String name)
        throws IOException {
      for (Session each : session.getOpenSessions()) {
        each.getBasicRemote().sendText(greeting.to(name, text));
      }
    }
  }

  /** What an application of Spring's has. */
  @Configuration
  static class Config {
    @Bean
    Greeting greeting() {
      return new Greeting();
    }

    @Bean
    ServerEndpointExporter exporter() {
      var exporter = new ServerEndpointExporter();
      exporter.setAnnotatedEndpointClasses(Greeter.class);
      return exporter;
    }
  }

  @Test
  void whatTheExporterAddsIsOneRoomForBothTransports(Servers servers) throws Exception {
    var application = new AnnotationConfigWebApplicationContext();
    application.register(Config.class);
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .initializer(new SseBridgeInitializer(), Set.of())
                .listener(new ContextLoaderListener(application)));
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    HttpClient http = servers.http1();
    WebSocket socket =
        http.newWebSocketBuilder()
            .buildAsync(
                server.wsUri("greet/ann"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence text, boolean last) {
                    heard.add(text.toString());
                    webSocket.request(1);
                    return null;
                  }
                })
            .get(20, TimeUnit.SECONDS);
    StreamClient stream = servers.closing(StreamClient.open(http, server.uri("greet/bob")));
    Event open = stream.next();
    assertEquals("ws.open", open.type());
    String token = open.lastEventId().substring(0, 22);

    var post =
        HttpRequest.newBuilder(server.uri("greet/bob"))
            .header("Sse-Session", token)
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString("world"))
            .build();
    assertEquals(204, http.send(post, BodyHandlers.discarding()).statusCode());
    assertEquals("bob: hello world", stream.next().data());
    assertEquals("bob: hello world", heard.poll(20, TimeUnit.SECONDS));
    socket.sendText("room", true);
    assertEquals("ann: hello room", stream.next().data());
    assertEquals("ann: hello room", heard.poll(20, TimeUnit.SECONDS));
    socket.abort();
  }
}
