package dev.ssebridge.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One request with its response and asynchronous context, from a container that recycles them: what
 * touches them after the last word is written down as a violation, as a real container would hand
 * it to another client.
 */
final class FakeExchange {
  /** The ways in which a container can say that a response is over. */
  enum LastWord {
    WRITE_ERROR,
    ASYNC_ERROR,
    TIMEOUT,
    COMPLETE
  }

  final Map<String, String> requestHeaders = new HashMap<>();
  final Map<String, String> responseHeaders = new ConcurrentHashMap<>();
  final List<String> violations = new CopyOnWriteArrayList<>();
  final Map<String, Object> contextAttributes;
  final FakeServletOutput output = new FakeServletOutput(this);
  String query;
  boolean asyncSupported = true;
  boolean buffering; // a wrapper keeps flushes to itself
  boolean blockingOnly; // a wrapper whose output knows no listeners

  private volatile boolean over;
  private boolean async;
  private boolean committed;
  private boolean completed;
  private int status = 200;
  private AsyncListener listener;

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final AsyncContext context;
  private final ServletContext application;

  FakeExchange() {
    this(new ConcurrentHashMap<>());
  }

  FakeExchange(Map<String, Object> contextAttributes) {
    this.contextAttributes = contextAttributes;
    request =
        proxy(HttpServletRequest.class, (self, method, args) -> ofRequest(method.getName(), args));
    response =
        proxy(
            HttpServletResponse.class, (self, method, args) -> ofResponse(method.getName(), args));
    context = proxy(AsyncContext.class, (self, method, args) -> ofContext(method.getName(), args));
    application =
        proxy(
            ServletContext.class,
            (self, method, args) ->
                switch (method.getName()) {
                  case "getAttribute" -> contextAttributes.get((String) args[0]);
                  case "setAttribute" -> contextAttributes.put((String) args[0], args[1]);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private synchronized Object ofRequest(String name, Object[] args) {
    return switch (name) {
      case "getHeader" -> requestHeaders.get((String) args[0]);
      case "getHeaders" -> {
        String value = requestHeaders.get((String) args[0]);
        yield Collections.enumeration(value == null ? List.of() : List.of(value));
      }
      case "getQueryString" -> query;
      case "getRequestURI" -> "/events";
      case "getPathInfo" -> null;
      case "getCookies" -> new Cookie[] {new Cookie("a", "b")};
      case "isAsyncSupported" -> asyncSupported;
      case "isAsyncStarted" -> async;
      case "getServletContext" -> application;
      case "startAsync" -> {
        async = true;
        yield context;
      }
      default -> throw new UnsupportedOperationException(name);
    };
  }

  private synchronized Object ofResponse(String name, Object[] args) {
    touched(name);
    switch (name) {
      case "isCommitted" -> {
        return committed;
      }
      case "setStatus" -> status = (int) args[0];
      case "setContentType" -> responseHeaders.put("Content-Type", (String) args[0]);
      case "setHeader", "addHeader" -> responseHeaders.put((String) args[0], (String) args[1]);
      case "getHeader" -> {
        return responseHeaders.get((String) args[0]);
      }
      case "getOutputStream" -> {
        return output;
      }
      default -> throw new UnsupportedOperationException(name);
    }
    return null;
  }

  private synchronized Object ofContext(String name, Object[] args) {
    touched(name);
    switch (name) {
      case "setTimeout" -> {}
      case "addListener" -> {
        listener = (AsyncListener) args[0];
        if (blockingOnly) {
          throw new UnsupportedOperationException("setWriteListener");
        }
      }
      case "complete" -> {
        if (completed) {
          violated("complete twice");
        }
        completed = true;
      }
      default -> throw new UnsupportedOperationException(name);
    }
    return null;
  }

  void touched(String what) {
    if (over) {
      violated(what + " after the last word");
    }
  }

  void violated(String what) {
    violations.add(what);
  }

  synchronized void commit() {
    committed |= !buffering;
  }

  synchronized boolean isAsync() {
    return async;
  }

  synchronized boolean isCompleted() {
    return completed;
  }

  synchronized int status() {
    return status;
  }

  HttpServletRequest request() {
    return request;
  }

  HttpServletResponse response() {
    return response;
  }

  /**
   * Ends the response from the container's side, and recycles it when the callback has returned.
   */
  void end(LastWord word) throws IOException {
    AsyncListener listening;
    synchronized (this) {
      listening = listener;
    }
    var event = new AsyncEvent(context, request, response, new IOException("gone"));
    switch (word) {
      case WRITE_ERROR -> output.listener().onError(new IOException("gone"));
      case ASYNC_ERROR -> listening.onError(event);
      case TIMEOUT -> listening.onTimeout(event);
      case COMPLETE -> listening.onComplete(event);
    }
    over = true;
  }
}
