package com.example.tokens;

import dev.ssebridge.SseHub;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;

/** Puts the application together. Everything lives as long as it does. */
@WebListener
public class AiTokens implements ServletContextListener {
  private final SseHub hub = SseHub.create();
  private final Speaker speaker = new Speaker(Duration.ofMillis(40));

  @Override
  public void contextInitialized(ServletContextEvent event) {
    ServletContext context = event.getServletContext();
    add(context, "direct", new DirectAnswerServlet(speaker), "/direct");
    add(context, "resumable", new ResumableAnswerServlet(speaker, hub), "/answers/*");
    add(context, "speaker", new SpeakerServlet(speaker), "/speaker");
  }

  private static void add(ServletContext context, String name, HttpServlet servlet, String path) {
    ServletRegistration.Dynamic added = context.addServlet(name, servlet);
    added.setAsyncSupported(true);
    added.addMapping(path);
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    speaker.close();
    hub.close();
  }
}
