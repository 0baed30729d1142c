package com.example.tokens;

import dev.ssebridge.Cursor;
import dev.ssebridge.Interest;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamOptions;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * {@code POST /answers?prompt=…} begins an answer and says in {@code Location} where to read it. It
 * goes through a channel of its own, so whoever was cut off goes on in the middle of the sentence,
 * as long as the log keeps it; and it is said to its end, read or not.
 */
class ResumableAnswerServlet extends HttpServlet {
  private static final long serialVersionUID = 1;
  private static final int MOST_ANSWERS = 1000;
  private static final EventStreamOptions BACK_SOON =
      EventStreamOptions.DEFAULTS.withTimes(
          StreamOptions.DEFAULTS.withRetry(Duration.ofMillis(500)));

  private final transient Speaker speaker;
  private final transient SseHub hub;

  /** Channels of the newest answers. Whoever knows a name may read it: it cannot be guessed. */
  private final transient Set<String> channels =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<String, Boolean>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > MOST_ANSWERS;
                }
              }));

  ResumableAnswerServlet(Speaker speaker, SseHub hub) {
    this.speaker = speaker;
    this.hub = hub;
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String prompt = request.getParameter("prompt");
    if (prompt == null || speaker.isBusy()) {
      response.sendError(prompt == null ? 400 : 503);
      return;
    }
    String id = UUID.randomUUID().toString();
    String channel = "answer." + id;
    channels.add(channel);
    Cursor start = hub.cursor(); // the reader comes after the first tokens, and wants them too
    speaker.say(
        prompt,
        token -> hub.publish(channel, SseEvent.of("delta", token)),
        () -> hub.publish(channel, SseEvent.of("message", "[DONE]")));
    response.setStatus(HttpServletResponse.SC_CREATED);
    response.setHeader("Location", "answers/" + id + "?cursor=" + start);
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) {
    String path = request.getPathInfo();
    String channel = "answer." + (path == null ? "" : path.substring(1));
    if (!channels.contains(channel)) {
      response.setStatus(HttpServletResponse.SC_NO_CONTENT); // an EventSource stops asking
      return;
    }
    EventStream.open(request, response, hub, Interest.in(channel), BACK_SOON);
  }
}
