package dev.ssebridge.boot;

import dev.ssebridge.servlet.EventStreams;
import dev.ssebridge.websocket.SseBridge;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.ServletContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.env.Environment;

/**
 * Starts the bridge, since Spring Boot does not call the initializers of servlet containers, and
 * ends its streams when the application stops, before Spring Boot waits for open requests.
 *
 * <p>What elsewhere is a context parameter is a property of the same name here, such as {@code
 * dev.ssebridge.lease=PT1M}; {@code dev.ssebridge.enabled=false} leaves the application as it was.
 */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public class SseBridgeAutoConfiguration {
  private static final String PREFIX = "dev.ssebridge";
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** Found by Spring Boot. */
  public SseBridgeAutoConfiguration() {}

  /**
   * Starts the bridge with the web server.
   *
   * @param environment has the properties
   * @return the initializer
   */
  @Bean
  public ServletContextInitializer sseBridge(Environment environment) {
    Map<String, String> properties =
        Binder.get(environment)
            .bind(PREFIX, Bindable.mapOf(String.class, String.class))
            .orElse(Map.of());
    return context -> {
      properties.forEach((name, value) -> context.setInitParameter(PREFIX + "." + name, value));
      new SseBridgeInitializer().onStartup(Set.of(), context);
    };
  }

  /**
   * Closes the sessions with 1001 and drains the other streams of the application.
   *
   * @param context the application's
   * @return called before the web server stops
   */
  @Bean
  public ApplicationListener<ContextClosedEvent> sseBridgeCloser(ServletContext context) {
    return closing -> {
      SseBridge bridge = SseBridge.of(context);
      if (bridge != null) {
        bridge.close();
      }
      EventStreams.of(context).drain(GRACE);
    };
  }
}
