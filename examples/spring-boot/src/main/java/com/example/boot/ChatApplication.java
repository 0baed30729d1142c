package com.example.boot;

import dev.ssebridge.websocket.SseBridge;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.ServletContext;
import java.util.Set;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

/** A chat of Spring Boot's. The first two beans are what it got for SSE. */
@SpringBootApplication
public class ChatApplication {
  /** Spring Boot does not call the initializers of servlet containers. */
  @Bean
  ServletContextInitializer sseBridge() {
    return context -> new SseBridgeInitializer().onStartup(Set.of(), context);
  }

  /**
   * Spring Boot waits for open requests before it stops the web server: streams would last till
   * then.
   */
  @Bean
  ApplicationListener<ContextClosedEvent> sseBridgeCloser(ServletContext context) {
    return closing -> SseBridge.of(context).close();
  }

  /** Registers the endpoints among the beans, as before. */
  @Bean
  ServerEndpointExporter endpoints() {
    return new ServerEndpointExporter();
  }

  /** Starts it. */
  public static void main(String[] arguments) {
    SpringApplication.run(ChatApplication.class, arguments);
  }
}
