package com.example.interop;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.MessageEvent;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** okhttp-eventsource, which comes back by itself. */
class OkHttpEventSourceTest extends ClientContract {
  @Override
  AutoCloseable follow(URI stream, Consumer<Received> to) {
    EventSource source =
        new EventSource.Builder(ConnectStrategy.http(stream))
            .errorStrategy(ErrorStrategy.alwaysContinue())
            .retryDelay(50, TimeUnit.MILLISECONDS)
            .build();
    var reader =
        new Thread(
            () ->
                source
                    .anyEvents()
                    .forEach(
                        event -> {
                          if (event instanceof MessageEvent message) {
                            to.accept(new Received(message.getEventName(), message.getData()));
                          }
                        }),
            "okhttp-eventsource");
    reader.setDaemon(true);
    reader.start();
    return source;
  }
}
