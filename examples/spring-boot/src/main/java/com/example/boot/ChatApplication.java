package com.example.boot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

/**
 * A chat of Spring Boot's. For SSE it got a dependency, {@code sse-spring-boot}, and nothing else.
 */
@SpringBootApplication
public class ChatApplication {
  /** Registers the endpoints among the beans. */
  @Bean
  ServerEndpointExporter endpoints() {
    return new ServerEndpointExporter();
  }

  /** Starts it. */
  public static void main(String[] arguments) {
    SpringApplication.run(ChatApplication.class, arguments);
  }
}
