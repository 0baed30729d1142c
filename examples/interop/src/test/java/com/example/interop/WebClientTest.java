package com.example.interop;

import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

/** Spring's WebClient, which leaves it to its user to come back. */
class WebClientTest extends ClientContract {
  private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT =
      new ParameterizedTypeReference<>() {};

  @Override
  AutoCloseable follow(URI stream, Consumer<Received> to) {
    WebClient client = WebClient.create();
    var lastEventId = new AtomicReference<String>();
    Flux<ServerSentEvent<String>> events =
        Flux.defer(
            () ->
                client
                    .get()
                    .uri(stream)
                    .accept(MediaType.TEXT_EVENT_STREAM)
                    .headers(
                        headers -> {
                          if (lastEventId.get() != null) {
                            headers.set("Last-Event-ID", lastEventId.get());
                          }
                        })
                    .retrieve()
                    .bodyToFlux(EVENT));
    return events
            .doOnNext(
                event -> {
                  if (event.id() != null) {
                    lastEventId.set(event.id());
                  }
                  if (event.data() != null) { // it reports blocks of retry and comments, too
                    to.accept(new Received(event.event(), event.data()));
                  }
                })
            .repeat()
            .retry()
            .subscribe()
        ::dispose;
  }
}
