package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the opening request says, as the endpoint sees it for the life of its session: the {@code
 * sse-} parameters are ours and hidden, headers and parameters are copies, since containers recycle
 * requests.
 */
final class Handshake implements HandshakeRequest {
  private final URI uri;
  private final @Nullable String query;
  private final Map<String, List<String>> headers;
  private final Map<String, List<String>> parameters;
  private final Map<String, String> pathParameters;
  private final @Nullable Principal principal;
  private final @Nullable Object httpSession;
  private final @Nullable String origin;
  private final String address;
  private final String protocol;
  private final SessionConfig config;
  private final Locale locale;
  private @Nullable HttpServletRequest request; // while the handshake lasts

  Handshake(HttpServletRequest request, Deployed deployed, Map<String, String> pathParameters) {
    this(request, deployed, opening(request, deployed, pathParameters));
    askForExtensions(request, deployed.config());
  }

  /** Of a session from before a restart; the request is the one with which its client returns. */
  Handshake(HttpServletRequest request, Deployed deployed, SavedSession.Opening opening) {
    this.request = request;
    locale = request.getLocale();
    query = opening.query();
    uri = URI.create(opening.uri());
    headers = headers(request);
    pathParameters = Map.copyOf(opening.pathParameters());
    parameters = parameters(query, pathParameters);
    principal = request.getUserPrincipal();
    httpSession = request.getSession(false);
    origin = opening.origin();
    address = request.getRemoteAddr();
    config = new SessionConfig(deployed.config());
    protocol = opening.protocol();
  }

  private static SavedSession.Opening opening(
      HttpServletRequest request, Deployed deployed, Map<String, String> pathParameters) {
    String query = withoutOurs(request.getQueryString());
    var principal = request.getUserPrincipal();
    return new SavedSession.Opening(
        uri(request, query).toString(),
        query,
        pathParameters,
        protocol(request, deployed.config()),
        principal == null ? null : principal.getName(),
        Origins.of(request));
  }

  /** What of it lasts longer than a server. */
  SavedSession.Opening opening() {
    return new SavedSession.Opening(
        uri.toString(), query, pathParameters, protocol, principalName(), origin);
  }

  /** The subprotocol agreed on; empty if none. */
  String protocol() {
    return protocol;
  }

  /** The origin of the page that opened the session; null if it did not say. */
  @Nullable String origin() {
    return origin;
  }

  /** The remote address, which may be a proxy's. */
  String address() {
    return address;
  }

  /** The name of the user who opened the session; null if nobody was authenticated. */
  @Nullable String principalName() {
    return principal == null ? null : principal.getName();
  }

  boolean isSecure() {
    return "wss".equals(uri.getScheme());
  }

  Map<String, String> pathParameters() {
    return pathParameters;
  }

  /** The endpoint's configuration with user properties of this session's own. */
  ServerEndpointConfig config() {
    return config;
  }

  @Override
  public Map<String, List<String>> getHeaders() {
    return headers;
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    return principal;
  }

  @Override
  public URI getRequestURI() {
    return uri;
  }

  /** The request is about to be recycled; lets go of it. */
  void end() {
    request = null;
  }

  @Override
  public boolean isUserInRole(String role) {
    HttpServletRequest asked = request;
    return asked != null && asked.isUserInRole(role);
  }

  @Override
  public @Nullable Object getHttpSession() {
    return httpSession;
  }

  @Override
  public Map<String, List<String>> getParameterMap() {
    return parameters;
  }

  @Override
  public @Nullable String getQueryString() {
    return query;
  }

  /** Of the API after 2.2. */
  public Locale getPreferredLocale() {
    return locale;
  }

  private static String protocol(HttpServletRequest request, ServerEndpointConfig config) {
    List<String> asked = new ArrayList<>();
    for (String header : Collections.list(request.getHeaders("Sec-WebSocket-Protocol"))) {
      asked.addAll(Arrays.asList(header.split(",", -1)));
    }
    String parameter = parameter(request.getQueryString(), "sse-protocols");
    if (parameter != null) {
      asked.addAll(Arrays.asList(parameter.split(",", -1)));
    }
    asked.replaceAll(String::trim);
    asked.removeIf(String::isEmpty);
    String chosen =
        config.getConfigurator().getNegotiatedSubprotocol(config.getSubprotocols(), asked);
    return chosen == null ? "" : chosen;
  }

  /** There are none to agree on, but the configurator may count on being asked. */
  private static void askForExtensions(HttpServletRequest request, ServerEndpointConfig config) {
    List<Extension> requested = new ArrayList<>();
    for (String header : Collections.list(request.getHeaders(SEC_WEBSOCKET_EXTENSIONS))) {
      requested.addAll(RequestedExtension.parse(header));
    }
    var unused = config.getConfigurator().getNegotiatedExtensions(List.of(), requested);
  }

  /** The first value of a parameter of the query; never of a body, which would read it. */
  static @Nullable String parameter(@Nullable String query, String name) {
    if (query == null) {
      return null;
    }
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return decode(pair.substring(name.length() + 1));
      }
    }
    return null;
  }

  private static @Nullable String withoutOurs(@Nullable String query) {
    if (query == null || !query.contains("sse-")) {
      return query;
    }
    List<String> kept = new ArrayList<>(Arrays.asList(query.split("&", -1)));
    kept.removeIf(pair -> pair.startsWith("sse-"));
    return kept.isEmpty() ? null : String.join("&", kept);
  }

  private static URI uri(HttpServletRequest request, @Nullable String query) {
    String host = request.getHeader("Host");
    String text =
        (request.isSecure() ? "wss://" : "ws://")
            + (host == null ? request.getServerName() + ":" + request.getServerPort() : host)
            + request.getRequestURI();
    try {
      return URI.create(query == null ? text : text + "?" + query);
    } catch (IllegalArgumentException oddQuery) { // containers let some through that URI refuses
      return URI.create(request.getRequestURI());
    }
  }

  private static Map<String, List<String>> headers(HttpServletRequest request) {
    Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : Collections.list(request.getHeaderNames())) {
      copy.put(name, List.copyOf(Collections.list(request.getHeaders(name))));
    }
    return Collections.unmodifiableMap(copy);
  }

  static Map<String, List<String>> parameters(
      @Nullable String query, Map<String, String> pathParameters) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
        if (!name.isEmpty()) {
          all.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
        }
      }
    }
    pathParameters.forEach((name, value) -> all.putIfAbsent(name, List.of(value)));
    all.replaceAll((name, values) -> List.copyOf(values));
    return Collections.unmodifiableMap(all);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException badEscape) {
      return text;
    }
  }

  /** What the endpoint's configurator may add to the answer. */
  static final class Response implements HandshakeResponse {
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    @Override
    public Map<String, List<String>> getHeaders() {
      return headers;
    }
  }
}
