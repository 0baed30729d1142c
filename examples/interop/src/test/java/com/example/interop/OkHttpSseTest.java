package com.example.interop;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;

/** okhttp-sse, which leaves it to its user to come back. */
class OkHttpSseTest extends ClientContract {
  @Override
  AutoCloseable follow(URI stream, Consumer<Received> to) {
    var client = new OkHttpClient.Builder().readTimeout(0, TimeUnit.SECONDS).build();
    var follower = new Follower(client, stream, to);
    follower.connect();
    return follower;
  }

  private static final class Follower extends EventSourceListener implements AutoCloseable {
    private final OkHttpClient client;
    private final URI stream;
    private final Consumer<Received> to;
    private String lastEventId = "";
    private volatile boolean closed;
    private volatile EventSource source;

    Follower(OkHttpClient client, URI stream, Consumer<Received> to) {
      this.client = client;
      this.stream = stream;
      this.to = to;
    }

    void connect() {
      if (!closed) {
        var request = new Request.Builder().url(stream.toString());
        if (!lastEventId.isEmpty()) {
          request.header("Last-Event-ID", lastEventId);
        }
        source = EventSources.createFactory(client).newEventSource(request.build(), this);
      }
    }

    @Override
    public void onEvent(EventSource eventSource, String id, String type, String data) {
      lastEventId = id == null ? lastEventId : id;
      to.accept(new Received(type == null ? "" : type, data));
    }

    @Override
    public void onClosed(EventSource eventSource) {
      connect();
    }

    @Override
    public void onFailure(EventSource eventSource, Throwable cut, Response response) {
      connect();
    }

    @Override
    public void close() {
      closed = true;
      source.cancel();
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }
}
