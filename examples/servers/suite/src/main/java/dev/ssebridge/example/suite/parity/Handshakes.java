package dev.ssebridge.example.suite.parity;

import dev.ssebridge.example.suite.parity.MessageParameters.Noting;
import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Paths, the opening request and what a {@code Configurator} makes of it. */
public final class Handshakes {
  private Handshakes() {}

  @ServerEndpoint("/path/{a}/{b}")
  public static class TwoVariables extends Noting {
    @OnOpen
    public void open(Session session, @PathParam("b") String b, @PathParam("a") String a) {
      Calls.heard(a + " " + b + " " + new TreeMap<>(session.getPathParameters()));
    }
  }

  @ServerEndpoint("/path/{a}/fixed")
  public static class FixedEnd extends Noting {
    @OnOpen
    public void open(@PathParam("a") String a) {
      Calls.heard("fixed end " + a);
    }
  }

  @ServerEndpoint("/path/exact/fixed")
  public static class Exact extends Noting {
    @OnOpen
    public void open(Session session) {
      Calls.heard("exact " + session.getPathParameters());
    }
  }

  @ServerEndpoint("/typed/{int}/{long}/{bool}/{double}/{char}/{byte}")
  public static class Typed extends Noting {
    @OnOpen
    public void open(
        @PathParam("int") int i,
        @PathParam("long") Long l,
        @PathParam("bool") boolean b,
        @PathParam("double") double d,
        @PathParam("char") char c,
        @PathParam("byte") Byte y) {
      Calls.heard(i + " " + l + " " + b + " " + d + " " + c + " " + y);
    }
  }

  @ServerEndpoint("/number/{n}")
  public static class Numbered {
    private final int run = Calls.run();

    @OnOpen
    public void open(@PathParam("n") int n) {
      Calls.heard("open " + n);
    }

    @OnError
    public void error(Throwable error) {
      Calls.failed(run, error);
    }

    @OnClose
    public void close(CloseReason reason) {
      Calls.heard("close " + reason.getCloseCode().getCode());
    }
  }

  @ServerEndpoint("/number-later/{n}")
  public static class NumberedLater extends Noting {
    @OnMessage
    public void message(String text, @PathParam("n") int n) {
      Calls.heard(text + " " + n);
    }
  }

  @ServerEndpoint("/request/{x}")
  public static class Request extends Noting {
    @OnOpen
    public void open(Session session) {
      Calls.heard("uri " + session.getRequestURI().toString().replaceFirst(":[0-9]+/", "/"));
      Calls.heard("query " + session.getQueryString());
      Calls.heard("parameters " + new TreeMap<>(session.getRequestParameterMap()));
      Calls.heard("path " + session.getPathParameters());
      Calls.heard("user " + session.getUserPrincipal());
      Calls.heard("secure " + session.isSecure());
      Calls.heard("version " + session.getProtocolVersion());
      Calls.heard("protocol <" + session.getNegotiatedSubprotocol() + ">");
      Calls.heard("extensions " + session.getNegotiatedExtensions());
      Calls.did("put", () -> session.getRequestParameterMap().put("a", List.of()));
      Calls.did("put", () -> session.getPathParameters().put("a", "b"));
    }
  }

  @ServerEndpoint(
      value = "/protocols",
      subprotocols = {"alpha", "beta"})
  public static class Protocols extends Noting {
    @OnOpen
    public void open(Session session) {
      Calls.heard("protocol <" + session.getNegotiatedSubprotocol() + ">");
    }
  }

  public static class ChoosesLast extends ServerEndpointConfig.Configurator {
    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
      Calls.heard("asked " + supported + " " + requested);
      return requested.isEmpty() ? "" : requested.get(requested.size() - 1);
    }
  }

  @ServerEndpoint(
      value = "/protocols/chosen",
      subprotocols = {"alpha", "beta"},
      configurator = ChoosesLast.class)
  public static class ChosenProtocol extends Protocols {}

  public static class OwnOriginOnly extends ServerEndpointConfig.Configurator {
    @Override
    public boolean checkOrigin(String origin) {
      Calls.heard("origin " + origin);
      return "http://good.example".equals(origin);
    }
  }

  @ServerEndpoint(value = "/origin", configurator = OwnOriginOnly.class)
  public static class Guarded extends Noting {
    @OnOpen
    public void open() {
      Calls.heard("open");
    }
  }

  public static class Modifies extends ServerEndpointConfig.Configurator {
    @Override
    public boolean checkOrigin(String origin) {
      Calls.heard("checkOrigin");
      return true;
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
      Calls.heard("getNegotiatedSubprotocol");
      return "";
    }

    @Override
    public List<Extension> getNegotiatedExtensions(
        List<Extension> installed, List<Extension> requested) {
      Calls.heard("getNegotiatedExtensions " + requested.size());
      return List.of();
    }

    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      Calls.heard("modifyHandshake");
      Map<String, List<String>> headers = request.getHeaders();
      Calls.heard("header " + headers.get("x-asked") + " " + headers.get("X-ASKED"));
      Calls.did("put", () -> headers.put("X-Asked", List.of()));
      Calls.heard("query " + request.getQueryString());
      Calls.heard("parameters " + new TreeMap<>(request.getParameterMap()));
      Calls.heard("path " + request.getRequestURI().getPath());
      Calls.heard("user " + request.getUserPrincipal() + " " + request.isUserInRole("admin"));
      Calls.heard("session " + request.getHttpSession());
      response.getHeaders().put("X-Answered", List.of("yes"));
      config.getUserProperties().put("handshake", "was here");
    }

    @Override
    public <T> T getEndpointInstance(Class<T> type) throws InstantiationException {
      Calls.heard("getEndpointInstance " + type.getSimpleName());
      return super.getEndpointInstance(type);
    }
  }

  @ServerEndpoint(value = "/modified", configurator = Modifies.class)
  public static class Modified extends Noting {
    @OnOpen
    public void open(Session session, EndpointConfig config) {
      Calls.heard(
          "open "
              + session.getUserProperties().get("handshake")
              + " "
              + config.getUserProperties().get("handshake"));
    }
  }

  public static class CountsProperties extends ServerEndpointConfig.Configurator {
    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      Calls.heard("properties " + Calls.own(config.getUserProperties()));
      config.getUserProperties().put("mine", "one");
    }
  }

  @ServerEndpoint(value = "/properties", configurator = CountsProperties.class)
  public static class Properties extends Noting {
    @OnOpen
    public void open(Session session, EndpointConfig config) {
      session.getUserProperties().put("session", "two");
      Calls.heard("session's " + Calls.own(session.getUserProperties()).keySet());
      Calls.heard("config's " + Calls.own(config.getUserProperties()).keySet());
    }

    @OnMessage
    public void message(Session session, String text) {
      Calls.heard("later " + Calls.own(session.getUserProperties()).keySet());
    }
  }

  public static class OneForAll extends ServerEndpointConfig.Configurator {
    private static final Shared INSTANCE = new Shared();

    @Override
    public <T> T getEndpointInstance(Class<T> type) {
      return type.cast(INSTANCE);
    }
  }

  @ServerEndpoint(value = "/shared", configurator = OneForAll.class)
  public static class Shared extends Noting {
    @OnOpen
    public void open() {
      Calls.heard("the one " + (this == OneForAll.INSTANCE));
    }
  }

  public static class Defaults extends ServerEndpointConfig.Configurator {
    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      Calls.heard("default " + (getContainerDefaultConfigurator() != null));
      Calls.heard("class " + config.getEndpointClass().getSimpleName());
      Calls.heard("path " + config.getPath());
      Calls.heard("subprotocols " + config.getSubprotocols());
      Calls.heard("extensions " + config.getExtensions());
      Calls.heard("encoders " + config.getEncoders());
      Calls.heard("decoders " + config.getDecoders().size());
      Calls.heard("configurator " + (config.getConfigurator() == this));
    }
  }

  @ServerEndpoint(
      value = "/config/{a}",
      subprotocols = "s",
      decoders = Coding.Picky.class,
      configurator = Defaults.class)
  public static class Config extends Noting {}

  public static class Fails extends ServerEndpointConfig.Configurator {
    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      throw new IllegalStateException("as asked");
    }
  }

  @ServerEndpoint(value = "/fails", configurator = Fails.class)
  public static class FailedHandshake extends Noting {
    @OnOpen
    public void open() {
      Calls.heard("open");
    }
  }

  static List<Case> cases() {
    return List.of(
        Case.of("variables of a path", TwoVariables.class)
            .at("path/one/two")
            .hears("one two {a=one, b=two}", "close")
            .getsThenCloses(),
        Case.of("text in a template counts more than a variable", FixedEnd.class)
            .at("path/one/fixed")
            .hears("fixed end one", "close")
            .getsThenCloses(),
        Case.of("an exact path counts more than a template", Exact.class)
            .at("path/exact/fixed")
            .hears("exact {}", "close")
            .getsThenCloses(),
        Case.of("a path that nobody serves", TwoVariables.class)
            .at("path/one/two/three")
            .gets("refused 404"),
        Case.of("an encoded path parameter is decoded", TwoVariables.class)
            .at("path/a%20b/%C3%A4+c")
            .hears("a b \u00e4+c {a=a b, b=\u00e4+c}", "close")
            .getsThenCloses(),
        Case.of("path parameters are converted", Typed.class)
            .at("typed/1/-2/true/2.5/c/7")
            .hears("1 -2 true 2.5 c 7", "close")
            .getsThenCloses(),
        Case.of("a path parameter that cannot be converted", Numbered.class)
            .at("number/nan")
            .runs(Client::awaitClose)
            .hears("error DecodeException", "close 1002")
            .gets("close 1002 *"),
        Case.of("a path parameter that cannot be converted for a message", NumberedLater.class)
            .at("number-later/nan")
            .says("a")
            .hears("error DecodeException", "close")
            .getsThenCloses(),
        Case.of("what the request was", Request.class)
            .at("request/y?a=1&b=%20&a=2&c")
            .hears(
                "uri ws://127.0.0.1/request/y?a=1&b=%20&a=2&c",
                "query a=1&b=%20&a=2&c",
                "parameters {a=[1, 2], b=[ ], c=[], x=[y]}",
                "path {x=y}",
                "user null",
                "secure false",
                "version 13",
                "protocol <>",
                "extensions []",
                "put: UnsupportedOperationException",
                "put: UnsupportedOperationException",
                "close")
            .getsThenCloses(),
        Case.of("a request without a query", Request.class)
            .at("request/y")
            .hears(
                "uri ws://127.0.0.1/request/y",
                "query null",
                "parameters {x=[y]}",
                "path {x=y}",
                "user null",
                "secure false",
                "version 13",
                "protocol <>",
                "extensions []",
                "put: UnsupportedOperationException",
                "put: UnsupportedOperationException",
                "close")
            .getsThenCloses(),
        Case.of("an extension that nobody has", Request.class)
            .at("request/y")
            .header("Sec-WebSocket-Extensions: x-unheard-of; level=9")
            .hears(
                "uri ws://127.0.0.1/request/y",
                "query null",
                "parameters {x=[y]}",
                "path {x=y}",
                "user null",
                "secure false",
                "version 13",
                "protocol <>",
                "extensions []",
                "put: UnsupportedOperationException",
                "put: UnsupportedOperationException",
                "close")
            .getsThenCloses(),
        Case.of("the client's first choice of the subprotocols there are", Protocols.class)
            .header("Sec-WebSocket-Protocol: gamma, beta, alpha")
            .runs(c -> c.note("protocol " + c.protocol()))
            .hears("protocol <beta>", "close")
            .getsThenCloses("protocol beta"),
        Case.of("no subprotocol in common", Protocols.class)
            .header("Sec-WebSocket-Protocol: gamma")
            .runs(c -> c.note("protocol " + c.protocol()))
            .hears("protocol <>", "close")
            .getsThenCloses("protocol "),
        Case.of("no subprotocol asked for", Protocols.class)
            .runs(c -> c.note("protocol " + c.protocol()))
            .hears("protocol <>", "close")
            .getsThenCloses("protocol "),
        Case.of("a configurator that chooses the subprotocol", ChosenProtocol.class)
            .header("Sec-WebSocket-Protocol: beta")
            .header("Sec-WebSocket-Protocol: alpha")
            .runs(c -> c.note("protocol " + c.protocol()))
            .hears("asked [alpha, beta] [beta, alpha]", "protocol <alpha>", "close")
            .getsThenCloses("protocol alpha"),
        Case.of("an origin that is allowed", Guarded.class)
            .header("Origin: http://good.example")
            .hears("origin http://good.example", "open", "close")
            .getsThenCloses(),
        Case.of("an origin that is not allowed", Guarded.class)
            .header("Origin: http://evil.example")
            .hears("origin http://evil.example")
            .gets("refused 403"),
        Case.of("no origin", Guarded.class).hears("origin null").gets("refused 403"),
        Case.of("what a configurator sees and does, in order", Modified.class)
            .at("modified?q=1")
            .header("X-Asked: once")
            .header("Sec-WebSocket-Protocol: p")
            .header("Sec-WebSocket-Extensions: x-unheard-of")
            .runs(c -> c.note("header " + c.header("X-Answered")))
            .hears(
                "checkOrigin",
                "getNegotiatedSubprotocol",
                "getNegotiatedExtensions 1",
                "modifyHandshake",
                "header [once] [once]",
                "put: UnsupportedOperationException",
                "query q=1",
                "parameters {q=[1]}",
                "path /modified",
                "user null false",
                "session null",
                "getEndpointInstance Modified",
                "open was here was here",
                "close")
            .getsThenCloses("header yes"),
        Case.of("user properties belong to one session", Properties.class)
            .says("a")
            .hears(
                "properties {}",
                "session's [mine, session]",
                "config's [mine]",
                "later [mine, session]",
                "close")
            .getsThenCloses(),
        Case.of("a configurator that gives one instance to all", Shared.class)
            .hears("the one true", "close")
            .getsThenCloses(),
        Case.of("what a configuration says", Config.class)
            .at("config/b")
            .hears(
                "default true",
                "class Config",
                "path /config/{a}",
                "subprotocols [s]",
                "extensions []",
                "encoders []",
                "decoders 1",
                "configurator true",
                "close")
            .getsThenCloses(),
        Case.of("a configurator that fails", FailedHandshake.class).gets("refused 500"));
  }
}
