package dev.ssebridge.servlet;

import dev.ssebridge.FrameEncoder;
import dev.ssebridge.FrameSource;
import dev.ssebridge.Interest;
import dev.ssebridge.Pump;
import dev.ssebridge.PumpStream;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.Subscription;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open {@code text/event-stream} response. Its bytes are written by a {@link Pump} through the
 * non-blocking output of Jakarta Servlet 6 §5.7: no thread waits for a client, and no call here
 * waits for one either.
 *
 * <pre>{@code
 * protected void doGet(HttpServletRequest request, HttpServletResponse response) {
 *   EventStream stream = EventStream.open(request, response);
 *   Answer answer = model.ask(request.getParameter("q"), token -> stream.send("delta", token));
 *   stream.onEnd(why -> answer.cancel());
 * }
 * }</pre>
 *
 * <p>Containers recycle responses: a touch after the container's last word lands in another
 * client's response. Therefore every touch is made under one lock, the container's terminal
 * callbacks take that lock before they return, and after them nothing is touched any more.
 *
 * <p>Threading: safe for concurrent use; nothing blocks, and a client that has vanished is never an
 * exception. Events that one thread sends arrive in that order.
 */
public final class EventStream {
  private static final Set<String> WARNED = ConcurrentHashMap.newKeySet(); // by class of response

  private final @Nullable ResponseSink response; // null: the stream ended before it began
  private final @Nullable PumpStream stream; // null likewise
  private final @Nullable StreamSource source; // null: the source is somebody else's
  private final StreamEnding ending;

  private EventStream(
      @Nullable ResponseSink response,
      @Nullable PumpStream stream,
      @Nullable StreamSource source,
      StreamEnding ending) {
    this.response = response;
    this.stream = stream;
    this.source = source;
    this.ending = ending;
  }

  /**
   * Answers a request with a stream of the events that are sent to it, with the {@linkplain
   * EventStreamOptions#DEFAULTS defaults}.
   *
   * @param request asynchronous processing must be supported by every filter and the servlet before
   *     us
   * @param response not committed
   * @return the stream; one that has ended already if the client has left or the application is
   *     about to stop
   * @throws IllegalStateException if the response is committed, or something before us in the chain
   *     does not support asynchronous processing or holds the response back
   */
  public static EventStream open(HttpServletRequest request, HttpServletResponse response) {
    return open(request, response, EventStreamOptions.DEFAULTS);
  }

  /**
   * Answers a request with a stream of the events that are sent to it. A reader who leaves is
   * noticed within a heartbeat, even before the first event, so a producer does not work for
   * nobody.
   *
   * @param request as for {@link #open(HttpServletRequest, HttpServletResponse)}
   * @param response not committed
   * @param options its times and bounds
   * @return the stream; one that has ended already if the client has left or the application is
   *     about to stop
   * @throws IllegalStateException as for {@link #open(HttpServletRequest, HttpServletResponse)}
   */
  public static EventStream open(
      HttpServletRequest request, HttpServletResponse response, EventStreamOptions options) {
    EventStreams home = EventStreams.of(request.getServletContext());
    var source = new StreamSource(null, options.maxUnsentBytes());
    var hasty = options.withTimes(twiceAHeartbeat(options.times()));
    return open(request, response, home, home.pump(), source, 0, new byte[0], hasty);
  }

  /**
   * Answers a request with a stream of a hub's channels, from where the client left off: behind
   * {@code Last-Event-ID}, else {@code ?lastEventId=}, else {@code ?cursor=}, else from now on. A
   * cursor that is none is a gap, which the client is told of, never an error page.
   *
   * @param request as for {@link #open(HttpServletRequest, HttpServletResponse)}
   * @param response not committed
   * @param hub whose channels
   * @param channels names and prefixes, as in {@link dev.ssebridge.ChannelSet#of(String...)}. The
   *     caller has made sure that this client may follow them
   * @return the stream; one that has ended already if the client has left or the application is
   *     about to stop
   * @throws IllegalArgumentException if there is no channel, or one is not valid
   * @throws IllegalStateException as for {@link #open(HttpServletRequest, HttpServletResponse)}
   */
  public static EventStream open(
      HttpServletRequest request, HttpServletResponse response, SseHub hub, String... channels) {
    return open(request, response, hub, Interest.in(channels), EventStreamOptions.DEFAULTS);
  }

  /**
   * Answers a request with a stream of what is of interest in a hub's channels, from where the
   * client left off.
   *
   * @param request as for {@link #open(HttpServletRequest, HttpServletResponse)}
   * @param response not committed
   * @param hub whose channels
   * @param interest which ones, and what of them
   * @param options its times and bounds
   * @return the stream; one that has ended already if the client has left or the application is
   *     about to stop
   * @throws IllegalStateException as for {@link #open(HttpServletRequest, HttpServletResponse)}
   */
  public static EventStream open(
      HttpServletRequest request,
      HttpServletResponse response,
      SseHub hub,
      Interest interest,
      EventStreamOptions options) {
    return open(request, response, hub, interest, new byte[0], options, subscription -> {});
  }

  /**
   * The same with whole lines to be sent before everything else.
   *
   * @param subscribed given the stream's way through the log before the client hears of the stream
   */
  static EventStream open(
      HttpServletRequest request,
      HttpServletResponse response,
      SseHub hub,
      Interest interest,
      byte[] greeting,
      EventStreamOptions options,
      Consumer<Subscription> subscribed) {
    EventStreams home = EventStreams.of(request.getServletContext());
    Subscription subscription = hub.subscribe(interest, RequestText.cursor(request));
    subscribed.accept(subscription);
    var source = new StreamSource(subscription, options.maxUnsentBytes());
    long start = subscription.start();
    return open(request, response, home, hub.pump(), source, start, greeting, options);
  }

  private static EventStream open(
      HttpServletRequest request,
      HttpServletResponse response,
      EventStreams home,
      Pump pump,
      StreamSource source,
      long position,
      byte[] greeting,
      EventStreamOptions options) {
    requireStreamable(request, response);
    var ending = new StreamEnding();
    EventStream opened = null;
    try {
      if (home.isDraining()) {
        refuseSoftly(response, pump.jitter(options.times().retry()), "stopping");
      } else {
        opened =
            begin(
                request,
                response,
                pump,
                source,
                position,
                greeting,
                RequestText.heartbeat(request, options.times()),
                ending,
                source);
      }
    } catch (IOException clientGone) {
      ending.ended(StreamEnd.CLIENT_GONE);
    }
    if (opened == null) {
      ending.ended(StreamEnd.SHUTDOWN); // unless the client was first
      return new EventStream(null, null, source, ending);
    }
    home.add(opened);
    return opened;
  }

  /**
   * Answers a request with a stream of a source's frames: status 200, the headers of an event
   * stream, {@code retry:}, then whatever the source has. Returns at once; the request stays open
   * until the stream ends. This is what the other ways to open a stream stand on; nothing can be
   * {@linkplain #send sent} on such a stream but what its source has.
   *
   * @param request asynchronous processing must be supported by every filter and the servlet before
   *     us
   * @param response not committed
   * @param pump writes the stream
   * @param source what to send
   * @param position where in the source to begin
   * @param greeting whole lines to send after {@code retry:}, may be empty
   * @param options the stream's times
   * @param onEnd told once, on a callback thread
   * @return the stream
   * @throws IllegalStateException if the response is committed, or something before us in the chain
   *     does not support asynchronous processing, or the pump is closed
   * @throws IOException if the client has left already
   */
  public static EventStream open(
      HttpServletRequest request,
      HttpServletResponse response,
      Pump pump,
      FrameSource source,
      long position,
      byte[] greeting,
      StreamOptions options,
      Consumer<StreamEnd> onEnd)
      throws IOException {
    requireStreamable(request, response);
    var ending = new StreamEnding();
    ending.tell(onEnd);
    EventStream opened =
        begin(request, response, pump, source, position, greeting, options, ending, null);
    if (opened == null) {
      throw new IllegalStateException("cannot open an event stream: the pump is closed");
    }
    return opened;
  }

  /**
   * The peer answers the first bytes that it gets after it has left with a reset, and only the
   * second write meets that. A producer waits for it, so there are two writes in a heartbeat.
   */
  private static StreamOptions twiceAHeartbeat(StreamOptions times) {
    return times.withHeartbeat(Duration.ofMillis(Math.max(1, times.heartbeat().toMillis() / 2)));
  }

  /** Returns null if the pump takes no more streams; the response has been ended softly then. */
  private static @Nullable EventStream begin(
      HttpServletRequest request,
      HttpServletResponse response,
      Pump pump,
      FrameSource source,
      long position,
      byte[] greeting,
      StreamOptions options,
      StreamEnding ending,
      @Nullable StreamSource own)
      throws IOException {
    writeHead(response);
    ServletOutputStream out = response.getOutputStream();
    // The one blocking write: the client hears from us now, not when this request's thread is done.
    byte[] first = preface(pump.jitter(options.retry()).toMillis(), greeting);
    BufferOutput.of(out).write(out, first, 0, first.length);
    out.flush();
    requireUnbuffered(response);
    AsyncContext async = request.startAsync(request, response);
    async.setTimeout(0); // our pump decides how long a stream lives
    var sink = new ResponseSink(async, out);
    PumpStream stream;
    try {
      stream = pump.attach(sink, source, position, options, ending::ended);
    } catch (IllegalStateException pumpClosed) {
      sink.end(StreamEnd.SHUTDOWN);
      return null;
    }
    sink.begin(stream);
    return new EventStream(sink, stream, own, ending);
  }

  private static void requireStreamable(HttpServletRequest request, HttpServletResponse response) {
    if (response.isCommitted()) {
      throw new IllegalStateException("cannot open an event stream: the response is committed");
    }
    if (!request.isAsyncSupported()) {
      throw new IllegalStateException(
          "cannot open an event stream at "
              + request.getRequestURI()
              + ": a filter or servlet in front of it is not declared async-supported"
              + " (asyncSupported = true in its annotation, <async-supported> in web.xml,"
              + " setAsyncSupported(true) on its registration)");
    }
    if (request.isAsyncStarted()) {
      throw new IllegalStateException(
          "cannot open an event stream at "
              + request.getRequestURI()
              + ": the request is asynchronous already");
    }
  }

  /** A stream that is held back looks to its client as if nothing ever happened; so say it here. */
  private static void requireUnbuffered(HttpServletResponse response) {
    if (!response.isCommitted()) {
      throw new IllegalStateException(
          "cannot open an event stream: the response is still not committed after a flush, so "
              + response.getClass().getName()
              + " holds it back; exclude event streams from the filter that wraps the response");
    }
    String encoding = response.getHeader("Content-Encoding");
    if (encoding != null && !encoding.equals("identity")) {
      String name = response.getClass().getName();
      if (WARNED.add(name)) {
        EventStreams.LOG.log(
            System.Logger.Level.WARNING,
            "an event stream is sent with Content-Encoding {0} by {1}, which may hold events back;"
                + " exclude text/event-stream from compression",
            encoding,
            name);
      }
    }
  }

  /**
   * Sends an event to this stream alone. It is flushed at once; events that follow each other
   * faster than the network takes them share a flush.
   *
   * @param event what to send. With an id of its own only on a stream without channels
   * @return true if the stream has taken it, which is not to say that the client will; false if the
   *     stream has ended or ends now, with {@link StreamEnd#OVERFLOW}, since the client is too far
   *     behind
   * @throws IllegalArgumentException if the event's type begins with {@code sse.} or {@code ws.},
   *     if it has an id and the stream has channels, or if it is larger than the whole buffer
   */
  public boolean send(SseEvent event) {
    StreamSource direct = source;
    if (direct == null) {
      throw new IllegalStateException("this stream sends what its source has and nothing else");
    }
    StreamSource.Offer offer = direct.offer(event);
    if (stream == null || offer == StreamSource.Offer.CLOSED) {
      return false;
    }
    if (offer == StreamSource.Offer.FULL) {
      direct.close();
      stream.endNow(StreamEnd.OVERFLOW);
      return false;
    }
    stream.wake();
    return true;
  }

  /**
   * Sends a named event to this stream alone.
   *
   * @param type its name, which {@code addEventListener} takes
   * @param data its text, every space of it
   * @return as {@link #send(SseEvent)}
   */
  public boolean send(String type, String data) {
    return send(SseEvent.of(type, data));
  }

  /**
   * Sends an event without a name, which {@code onmessage} takes, to this stream alone.
   *
   * @param data its text, every space of it
   * @return as {@link #send(SseEvent)}
   */
  public boolean send(String data) {
    return send(SseEvent.of(data));
  }

  /**
   * How much of what was sent directly waits for the client, for producers that can slow down.
   *
   * @return bytes, at most {@link EventStreamOptions#maxUnsentBytes}
   */
  public int unsentBytes() {
    return source == null ? 0 : source.unsentBytes();
  }

  /**
   * Calls back when the stream has ended, however it did: the place to stop whatever produces its
   * events.
   *
   * @param listener called once, on a callback thread; at once, if the stream has ended already
   * @return this
   */
  public EventStream onEnd(Consumer<StreamEnd> listener) {
    ending.tell(listener);
    return this;
  }

  /**
   * Follows something else of the hub from here on, without a reconnection.
   *
   * @param interest what to follow; the caller has made sure that this client may
   * @throws IllegalStateException if the stream was opened without a hub
   */
  public void follow(Interest interest) {
    Subscription subscription = subscription();
    if (subscription == null) {
      throw new IllegalStateException("this stream follows no hub");
    }
    subscription.change(interest);
  }

  /** Its way through the log of a hub; null if it follows none. */
  @Nullable Subscription subscription() {
    return source == null ? null : source.subscription();
  }

  /**
   * Ends the stream after everything that was sent. An {@code EventSource} opens the next one
   * unless the page has closed it, so tell the page by a last event that there is no more, such as
   * {@code [DONE]}.
   */
  public void end() {
    if (source != null) {
      source.close();
    }
    if (stream != null) {
      stream.endAfterDrain(StreamEnd.COMPLETED, new byte[0]);
    }
  }

  /**
   * Runs work of the application's on a thread of its container, after this request's own thread
   * has left the servlet, and with the context that the container gives to such threads (Jakarta
   * Servlet 6 §2.3.3.4).
   *
   * @param work runs once, concurrently with the stream
   * @return false if the stream has ended already and the work will not run
   */
  public boolean startOnContainer(Runnable work) {
    return response != null && response.start(work);
  }

  /** Says that the source has something new to send. */
  public void wake() {
    if (stream != null) {
      stream.wake();
    }
  }

  /**
   * Ends the stream at once, without another byte.
   *
   * @param why told to {@code onEnd}
   */
  public void endNow(StreamEnd why) {
    if (stream != null) {
      stream.endNow(why);
    }
  }

  /**
   * Ends the stream in good order: what is readable now, then {@code sse.goaway} and a jittered
   * {@code retry:}.
   *
   * @param why a reason after which the client returns
   */
  public void goAway(StreamEnd why) {
    if (stream != null) {
      stream.goAway(why);
    }
  }

  /**
   * Ends the stream in good order when some time has passed, for example when a token expires. The
   * last call counts.
   *
   * @param delay from now
   * @param why a reason after which the client returns
   */
  public void goAwayAfter(Duration delay, StreamEnd why) {
    if (stream != null) {
      stream.goAwayAfter(delay, why);
    }
  }

  /**
   * Whether the stream can still carry anything.
   *
   * @return false once it has ended, or its container has said that it has
   */
  public boolean isOpen() {
    return stream != null && response != null && !stream.isEnded() && !response.isOver();
  }

  /**
   * Answers 200 with the headers of an event stream, which no cache, proxy or filter may hold up.
   */
  static void writeHead(HttpServletResponse response) {
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType("text/event-stream;charset=UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.setHeader("X-Accel-Buffering", "no");
  }

  /**
   * Answers so that an {@code EventSource} tries again: any status but 200 would stop it for good.
   */
  static void refuseSoftly(HttpServletResponse response, Duration retry, String why)
      throws IOException {
    writeHead(response);
    byte[] bytes = new FrameEncoder(64).retry(retry.toMillis()).comment(why).toByteArray();
    response.getOutputStream().write(bytes);
  }

  /**
   * {@code retry:} stands in the block of the greeting's event, as some clients fail on its own.
   */
  private static byte[] preface(long retryMillis, byte[] greeting) {
    byte[] retry = new FrameEncoder(32).retry(retryMillis).comment("").toByteArray();
    byte[] both = Arrays.copyOf(retry, retry.length + greeting.length);
    System.arraycopy(greeting, 0, both, retry.length, greeting.length);
    return both;
  }
}
