package dev.ssebridge.testkit;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request with its response, as strict as the servlet specification allows a container to be: a
 * write that {@code isReady} has not just allowed, and every touch after the container's last word,
 * is a violation.
 */
final class TestExchange {
  final List<String> violations = new ArrayList<>();
  final Map<String, String> responseHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  final HttpServletRequest request = proxy(HttpServletRequest.class, this::ofRequest);
  final HttpServletResponse response = proxy(HttpServletResponse.class, this::ofResponse);
  int status = HttpServletResponse.SC_OK;

  private final AsyncContext async = proxy(AsyncContext.class, this::ofAsync);
  private final Output output = new Output();
  private final ServletContext application;
  private final String method;
  private final String path;
  private final @Nullable String query;
  private final Map<String, List<String>> headers;
  private final @Nullable Principal user;
  private final byte[] body;
  private final Map<String, Object> attributes = new HashMap<>();
  private final Queue<Runnable> started = new ArrayDeque<>(); // by AsyncContext.start
  private @Nullable AsyncListener listener;
  private boolean asyncStarted;
  private boolean committed;
  private boolean completed;
  private boolean over; // the container has had its last word

  TestExchange(
      ServletContext application,
      String method,
      String target,
      Map<String, List<String>> headers,
      @Nullable Principal user,
      byte[] body) {
    this.application = application;
    this.method = method;
    int question = target.indexOf('?');
    path = question < 0 ? target : target.substring(0, question);
    query = question < 0 ? null : target.substring(question + 1);
    this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    this.headers.putAll(headers);
    this.user = user;
    this.body = body;
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static UnsupportedOperationException unknown(Class<?> type, String name) {
    return new UnsupportedOperationException(
        "the test kit has no " + type.getSimpleName() + "." + name);
  }

  private @Nullable Object ofRequest(
      Object self, java.lang.reflect.Method called, Object @Nullable [] arguments) {
    String argument =
        arguments != null && arguments[0] instanceof String text ? text : ""; // the name asked for
    List<String> values = headers.getOrDefault(argument, List.of());
    return switch (called.getName()) {
      case "getMethod" -> method;
      case "getRequestURI", "getServletPath" -> path;
      case "getQueryString" -> query;
      case "getContextPath" -> "";
      case "getPathInfo", "getRemoteUser", "getAuthType", "getSession", "getCookies" -> null;
      case "getHeader" -> values.isEmpty() ? null : values.get(0);
      case "getHeaders" -> Collections.enumeration(values);
      case "getHeaderNames" -> Collections.enumeration(headers.keySet());
      case "getContentType" -> headers.getOrDefault("Content-Type", List.of("")).get(0);
      case "getContentLength" -> body.length;
      case "getContentLengthLong" -> (long) body.length;
      case "getCharacterEncoding" -> "UTF-8";
      case "getInputStream" -> new Input(body);
      case "getUserPrincipal" -> user;
      case "isUserInRole", "isSecure" -> false;
      case "getScheme" -> "http";
      case "getProtocol" -> "HTTP/1.1";
      case "getServerName", "getLocalName" -> "localhost";
      case "getServerPort", "getLocalPort", "getRemotePort" -> 80;
      case "getRemoteAddr", "getRemoteHost", "getLocalAddr" -> "127.0.0.1";
      case "getLocale" -> Locale.ENGLISH;
      case "getLocales" -> Collections.enumeration(List.of(Locale.ENGLISH));
      case "getHttpServletMapping" -> proxy(HttpServletMapping.class, TestExchange::ofMapping);
      case "getDispatcherType" -> jakarta.servlet.DispatcherType.REQUEST;
      case "getServletContext" -> application;
      case "getAttribute" -> attributes.get(argument);
      case "setAttribute" -> attributes.put(argument, arguments == null ? "" : arguments[1]);
      case "removeAttribute" -> attributes.remove(argument);
      case "isAsyncSupported" -> true;
      case "isAsyncStarted" -> asyncStarted;
      case "startAsync" -> {
        asyncStarted = true;
        yield async;
      }
      case "toString" -> method + " " + path;
      case "hashCode" -> System.identityHashCode(self);
      case "equals" -> arguments != null && self == arguments[0];
      default -> throw unknown(HttpServletRequest.class, called.getName());
    };
  }

  private static Object ofMapping(
      Object self, java.lang.reflect.Method called, Object @Nullable [] arguments) {
    return called.getName().equals("getMappingMatch") ? MappingMatch.DEFAULT : "";
  }

  private @Nullable Object ofResponse(
      Object self, java.lang.reflect.Method called, Object @Nullable [] arguments) {
    String name = called.getName();
    touched(name);
    String first = arguments != null && arguments[0] instanceof String text ? text : "";
    switch (name) {
      case "isCommitted" -> {
        return committed;
      }
      case "getStatus" -> {
        return status;
      }
      case "setStatus" -> status = arguments == null ? 0 : (int) arguments[0];
      case "setContentType" -> responseHeaders.put("Content-Type", first);
      case "setHeader", "addHeader" ->
          responseHeaders.merge(
              first,
              arguments == null ? "" : (String) arguments[1],
              (before, now) -> name.equals("addHeader") ? before + ", " + now : now);
      case "getHeader" -> {
        return responseHeaders.get(first);
      }
      case "containsHeader" -> {
        return responseHeaders.containsKey(first);
      }
      case "setBufferSize", "setContentLength", "setContentLengthLong", "setCharacterEncoding" -> {}
      case "flushBuffer" -> committed = true;
      case "getOutputStream" -> {
        return output;
      }
      default -> throw unknown(HttpServletResponse.class, name);
    }
    return null;
  }

  private @Nullable Object ofAsync(
      Object self, java.lang.reflect.Method called, Object @Nullable [] arguments) {
    String name = called.getName();
    touched(name);
    switch (name) {
      case "setTimeout" -> {}
      case "getRequest" -> {
        return request;
      }
      case "getResponse" -> {
        return response;
      }
      case "addListener" -> listener = arguments == null ? null : (AsyncListener) arguments[0];
      case "start" -> started.add(arguments == null ? () -> {} : (Runnable) arguments[0]);
      case "complete" -> {
        if (completed) {
          violations.add("complete twice");
        }
        completed = true;
      }
      default -> throw unknown(AsyncContext.class, name);
    }
    return null;
  }

  private void touched(String what) {
    if (over) {
      violations.add(what + " of " + method + " " + path + " after the container's last word");
    }
  }

  // The container's side

  /** What a container does when the request's thread has left the filter. */
  void leave() throws IOException {
    if (asyncStarted) {
      output.becomeReady();
    } else {
      over = true;
    }
  }

  /** Runs one of the tasks given to {@code AsyncContext.start}; false if there is none. */
  boolean runStarted() {
    Runnable next = started.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  /** Ends the response from the container's side, once a completion was asked for. */
  void finish() throws IOException {
    AsyncListener listening = listener;
    if (completed && !over) {
      if (listening != null) {
        listening.onComplete(new AsyncEvent(async, request, response));
      }
      over = true;
    }
  }

  /** The connection breaks. */
  void cut() throws IOException {
    if (over) {
      return;
    }
    output.failing = true;
    WriteListener writing = output.listener;
    if (writing != null) {
      writing.onError(new IOException("the test has cut the connection"));
    }
    over = true;
  }

  boolean isOver() {
    return over || completed;
  }

  /** From now on the client takes nothing. */
  void stall() {
    output.ready = false;
  }

  void readOn() throws IOException {
    output.becomeReady();
  }

  /** What was sent since the last call. */
  byte[] take() {
    byte[] bytes = output.sent.toByteArray();
    output.sent.reset();
    return bytes;
  }

  String text() {
    return new String(take(), StandardCharsets.UTF_8).trim();
  }

  private static final class Input extends ServletInputStream {
    private final InputStream body;

    Input(byte[] body) {
      this.body = new ByteArrayInputStream(body);
    }

    @Override
    public int read() throws IOException {
      return body.read();
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      return body.read(bytes, from, count);
    }

    @Override
    public boolean isFinished() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener readListener) {
      throw unknown(ServletInputStream.class, "setReadListener");
    }
  }

  private final class Output extends ServletOutputStream {
    final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private @Nullable WriteListener listener;
    private boolean ready;
    private boolean allowed; // isReady has said yes, and nothing was written since
    private boolean failing;

    @Override
    public boolean isReady() {
      touched("isReady");
      allowed = ready;
      return ready;
    }

    @Override
    public void setWriteListener(WriteListener writeListener) {
      touched("setWriteListener");
      if (listener != null || !asyncStarted) {
        violations.add("a write listener is set once, in asynchronous mode");
      }
      listener = writeListener;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      use("write");
      sent.write(bytes, from, count);
    }

    @Override
    public void flush() throws IOException {
      use("flush");
      committed = true;
    }

    private void use(String what) throws IOException {
      touched(what);
      if (listener != null && !allowed) {
        violations.add(what + " without isReady");
      }
      allowed = false;
      if (failing) {
        throw new IOException("the test has cut the connection");
      }
    }

    void becomeReady() throws IOException {
      ready = true;
      WriteListener writing = listener;
      if (writing != null && !over) {
        writing.onWritePossible();
      }
    }
  }
}
