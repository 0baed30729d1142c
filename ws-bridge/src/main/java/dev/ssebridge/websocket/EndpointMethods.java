package dev.ssebridge.websocket;

import static dev.ssebridge.websocket.EndpointMethod.describe;

import dev.ssebridge.websocket.EndpointMethod.Argument;
import dev.ssebridge.websocket.EndpointMethod.PathValue;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import java.io.InputStream;
import java.io.Reader;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The annotated methods of an endpoint class, checked at deployment (Jakarta WebSocket 2.1 §4.3 to
 * §4.8). Immutable; one per deployed endpoint.
 */
final class EndpointMethods {
  private static final Set<Class<?>> PARTIAL_TYPES =
      Set.of(String.class, byte[].class, ByteBuffer.class);
  private static final Map<Class<?>, MessageKind> PLAIN_TYPES =
      Map.of(
          String.class, MessageKind.TEXT,
          Reader.class, MessageKind.TEXT,
          byte[].class, MessageKind.BINARY,
          ByteBuffer.class, MessageKind.BINARY,
          InputStream.class, MessageKind.BINARY,
          PongMessage.class, MessageKind.PONG);

  private final Class<?> endpoint;
  private final TypeArguments typeArguments;
  private final PathTemplate path;
  private final Codecs codecs;

  private @Nullable EndpointMethod onOpen;
  private @Nullable EndpointMethod onClose;
  private @Nullable EndpointMethod onError;
  private final List<MessageMethod> onMessage = new ArrayList<>();

  private EndpointMethods(Class<?> endpoint, PathTemplate path, Codecs codecs) {
    this.endpoint = endpoint;
    this.typeArguments = TypeArguments.of(endpoint);
    this.path = path;
    this.codecs = codecs;
  }

  /**
   * Finds and checks the methods of a class and its superclasses.
   *
   * @throws DeploymentException if one of them is not as the specification wants it; the message
   *     names it
   */
  static EndpointMethods of(Class<?> endpoint, PathTemplate path, Codecs codecs)
      throws DeploymentException {
    if (!Modifier.isPublic(endpoint.getModifiers())
        || Modifier.isAbstract(endpoint.getModifiers())) {
      throw new DeploymentException(
          "The endpoint " + endpoint.getName() + " is not a public, concrete class");
    }
    EndpointMethods methods = new EndpointMethods(endpoint, path, codecs);
    methods.onOpen =
        methods.single(OnOpen.class, Map.of(EndpointConfig.class, Argument.SUBJECT), null);
    methods.onClose =
        methods.single(OnClose.class, Map.of(CloseReason.class, Argument.SUBJECT), null);
    methods.onError =
        methods.single(OnError.class, Map.of(Throwable.class, Argument.SUBJECT), Throwable.class);
    methods.findMessageMethods();
    return methods;
  }

  @Nullable EndpointMethod onOpen() {
    return onOpen;
  }

  @Nullable EndpointMethod onClose() {
    return onClose;
  }

  @Nullable EndpointMethod onError() {
    return onError;
  }

  List<MessageMethod> onMessage() {
    return onMessage;
  }

  /** The methods with an annotation that a call of the class's own methods could reach. */
  private List<Method> annotated(Class<? extends Annotation> annotation)
      throws DeploymentException {
    List<Method> found = new ArrayList<>();
    Set<String> overridden = new HashSet<>();
    for (Class<?> type = endpoint;
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      Set<String> declared = new HashSet<>();
      for (Method method : type.getDeclaredMethods()) {
        String signature = method.getName() + Arrays.toString(method.getParameterTypes());
        if (!Modifier.isPrivate(method.getModifiers())) {
          declared.add(signature);
        }
        if (method.isSynthetic()
            || !method.isAnnotationPresent(annotation)
            || overridden.contains(signature)) {
          continue;
        }
        if (!Modifier.isPublic(method.getModifiers())) {
          throw illegal(method, annotation, "must be public");
        }
        found.add(method);
      }
      overridden.addAll(declared);
    }
    found.sort((a, b) -> describe(a).compareTo(describe(b))); // reflection has no order of its own
    return found;
  }

  /** The only method with an annotation; its parameters may be a session and what is allowed. */
  private @Nullable EndpointMethod single(
      Class<? extends Annotation> annotation,
      Map<Class<?>, Argument> allowed,
      @Nullable Class<?> required)
      throws DeploymentException {
    List<Method> found = annotated(annotation);
    if (found.isEmpty()) {
      return null;
    }
    Method method = found.get(0);
    if (found.size() > 1) {
      throw illegal(
          method, annotation, "is not the only one: there is " + describe(found.get(1)) + " too");
    }
    List<Argument> arguments = new ArrayList<>();
    Set<Class<?>> seen = new HashSet<>();
    for (Parameter parameter : method.getParameters()) {
      Argument common = pathValue(method, annotation, parameter);
      if (common == null) {
        Class<?> type = parameter.getType();
        common = type == Session.class ? Argument.SESSION : allowed.get(type);
        if (common == null) {
          throw illegal(
              method,
              annotation,
              "may not have the parameter " + parameter + "; a path parameter needs @PathParam");
        }
        if (!seen.add(type)) {
          throw illegal(method, annotation, "has two parameters " + type.getSimpleName());
        }
      }
      arguments.add(common);
    }
    if (required != null && !seen.contains(required)) {
      throw illegal(method, annotation, "needs a parameter " + required.getSimpleName());
    }
    return EndpointMethod.bind(method, arguments);
  }

  /** The source of a {@code @PathParam} parameter; null for a parameter without the annotation. */
  private @Nullable Argument pathValue(
      Method method, Class<? extends Annotation> annotation, Parameter parameter)
      throws DeploymentException {
    PathParam name = parameter.getAnnotation(PathParam.class);
    if (name == null) {
      return null;
    }
    Scalar scalar = Scalar.of(parameter.getType());
    if (scalar == null) {
      throw illegal(
          method,
          annotation,
          "has a @PathParam(\""
              + name.value()
              + "\") that is neither a String nor a primitive nor its box: "
              + parameter.getType().getName());
    }
    if (parameter.getType().isPrimitive() && !path.names().contains(name.value())) {
      throw illegal(
          method,
          annotation,
          "has a primitive @PathParam(\"" + name.value() + "\"), but the path is " + path);
    }
    return new PathValue(name.value(), scalar);
  }

  private void findMessageMethods() throws DeploymentException {
    Map<MessageKind, Method> taken = new EnumMap<>(MessageKind.class);
    for (Method method : annotated(OnMessage.class)) {
      MessageMethod found = messageMethod(method);
      for (MessageKind kind : found.kinds()) {
        Method other = taken.putIfAbsent(kind, method);
        if (other != null) {
          throw illegal(
              method,
              OnMessage.class,
              "takes " + kind + " messages, but so does " + describe(other));
        }
      }
      onMessage.add(found);
    }
  }

  private MessageMethod messageMethod(Method method) throws DeploymentException {
    List<Argument> arguments = new ArrayList<>();
    Class<?> payload = null;
    int payloadIndex = -1;
    int booleanIndex = -1;
    boolean session = false;
    Parameter[] parameters = method.getParameters();
    for (int i = 0; i < parameters.length; i++) {
      Argument common = pathValue(method, OnMessage.class, parameters[i]);
      Class<?> type = typeArguments.classOf(parameters[i].getParameterizedType());
      if (common != null) {
        arguments.add(common);
      } else if (type == Session.class) {
        if (session) {
          throw illegal(method, OnMessage.class, "has two parameters Session");
        }
        session = true;
        arguments.add(Argument.SESSION);
      } else if (type == boolean.class && booleanIndex < 0) {
        booleanIndex = i;
        arguments.add(Argument.LAST);
      } else if (payload == null && type != null) {
        payload = type;
        payloadIndex = i;
        arguments.add(Argument.SUBJECT);
      } else {
        throw illegal(method, OnMessage.class, "has more than one parameter for the message");
      }
    }
    boolean partial = false;
    if (payload == null) {
      if (booleanIndex < 0) {
        throw illegal(method, OnMessage.class, "has no parameter for the message");
      }
      payload = boolean.class;
      arguments.set(booleanIndex, Argument.SUBJECT);
    } else if (booleanIndex >= 0) {
      if (!PARTIAL_TYPES.contains(payload)) {
        throw illegal(
            method,
            OnMessage.class,
            "takes parts (it has a boolean), but of " + payload.getSimpleName());
      }
      partial = true;
    }
    return messageMethod(method, arguments, payload, partial, payloadIndex);
  }

  private MessageMethod messageMethod(
      Method method, List<Argument> arguments, Class<?> payload, boolean partial, int index)
      throws DeploymentException {
    boolean limited = !partial && payload != Reader.class && payload != InputStream.class;
    long maxMessageSize = limited ? method.getAnnotation(OnMessage.class).maxMessageSize() : -1;
    if (maxMessageSize > Integer.MAX_VALUE) {
      throw illegal(method, OnMessage.class, "has a maxMessageSize above " + Integer.MAX_VALUE);
    }
    EndpointMethod bound = EndpointMethod.bind(method, arguments);
    MessageKind plain = PLAIN_TYPES.get(payload);
    if (plain != null) {
      return new MessageMethod(bound, payload, Set.of(plain), partial, null, maxMessageSize);
    }
    Scalar scalar = Scalar.of(payload);
    Class<?> type = scalar == null ? payload : scalar.boxed();
    Set<MessageKind> kinds =
        scalar == null ? codecs.decodable(type) : codecs.exactlyDecodable(type);
    if (!kinds.isEmpty()) {
      return new MessageMethod(bound, type, kinds, false, null, maxMessageSize);
    }
    if (scalar == null) {
      throw illegal(
          method,
          OnMessage.class,
          "has parameter " + index + " of " + type.getName() + ", for which there is no decoder");
    }
    return new MessageMethod(
        bound, String.class, Set.of(MessageKind.TEXT), false, scalar, maxMessageSize);
  }

  private static DeploymentException illegal(
      Method method, Class<? extends Annotation> annotation, String what) {
    return new DeploymentException(
        "The @" + annotation.getSimpleName() + " method " + describe(method) + " " + what);
  }
}
