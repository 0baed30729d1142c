package dev.ssebridge.websocket;

import jakarta.websocket.Decoder;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Encoder;
import jakarta.websocket.EndpointConfig;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The encoder and decoder classes of an endpoint, checked at deployment (Jakarta WebSocket 2.1
 * §4.1.2, §4.1.3). Their instances belong to a session: {@link SessionCodecs}. Immutable.
 */
final class Codecs {
  static final Codecs NONE = new Codecs(List.of(), List.of());

  private static final List<Class<?>> ENCODER_ROLES =
      List.of(
          Encoder.Text.class,
          Encoder.TextStream.class,
          Encoder.Binary.class,
          Encoder.BinaryStream.class);
  private static final List<Class<?>> DECODER_ROLES =
      List.of(
          Decoder.Text.class,
          Decoder.TextStream.class,
          Decoder.Binary.class,
          Decoder.BinaryStream.class);
  private static final Set<Class<?>> TEXT_ROLES =
      Set.of(
          Encoder.Text.class,
          Encoder.TextStream.class,
          Decoder.Text.class,
          Decoder.TextStream.class);

  private final List<Coder> encoders;
  private final List<Coder> decoders;

  /**
   * One thing that a coder class does; a class that does more has more of these.
   *
   * @param role the interface it implements, such as {@code Decoder.Text}
   * @param type the application's class
   */
  record Coder(Class<?> coder, Class<?> role, Class<?> type) {
    /** The kind of message it makes or takes. */
    MessageKind kind() {
      return TEXT_ROLES.contains(role) ? MessageKind.TEXT : MessageKind.BINARY;
    }
  }

  private Codecs(List<Coder> encoders, List<Coder> decoders) {
    this.encoders = List.copyOf(encoders);
    this.decoders = List.copyOf(decoders);
  }

  /**
   * Checks the coders of an endpoint. None is instantiated.
   *
   * @throws DeploymentException if a class is not public and concrete, has no public constructor
   *     without parameters, is none of the kinds of coder, or does not say for which type it is
   */
  static Codecs of(EndpointConfig config) throws DeploymentException {
    List<Coder> encoders = new ArrayList<>();
    for (Class<?> each : config.getEncoders()) {
      check("encoder", each, ENCODER_ROLES, encoders);
    }
    List<Coder> decoders = new ArrayList<>();
    for (Class<?> each : config.getDecoders()) {
      check("decoder", each, DECODER_ROLES, decoders);
    }
    return new Codecs(encoders, decoders);
  }

  private static void check(String what, Class<?> coder, List<Class<?>> roles, List<Coder> found)
      throws DeploymentException {
    if (Modifier.isAbstract(coder.getModifiers()) || !Modifier.isPublic(coder.getModifiers())) {
      throw invalid(what, coder, "is not a public, concrete class");
    }
    if (Stream.of(coder.getConstructors()).noneMatch(each -> each.getParameterCount() == 0)) {
      throw invalid(what, coder, "has no public constructor without parameters");
    }
    int before = found.size();
    TypeArguments arguments = TypeArguments.of(coder);
    for (Class<?> role : roles) {
      if (role.isAssignableFrom(coder)) {
        Class<?> type = arguments.argumentOf(role);
        if (type == null) {
          throw invalid(what, coder, "does not say for which type it is");
        }
        found.add(new Coder(coder, role, type));
      }
    }
    if (found.size() == before) {
      throw invalid(what, coder, "implements none of Text, TextStream, Binary, BinaryStream");
    }
  }

  private static DeploymentException invalid(String what, Class<?> coder, String why) {
    return new DeploymentException("The " + what + " " + coder.getName() + " " + why);
  }

  /** The classes of the encoders, in the order in which the application lists them. */
  List<Coder> encoders() {
    return encoders;
  }

  /** The classes of the decoders, in the order in which the application lists them. */
  List<Coder> decoders() {
    return decoders;
  }

  /**
   * The decoders for messages of one kind that are wanted as this type: those of exactly the type,
   * else those of its supertypes, whose result may be of the type.
   */
  List<Coder> decodersOf(Class<?> type, MessageKind kind) {
    List<Coder> exact = new ArrayList<>();
    List<Coder> wider = new ArrayList<>();
    for (Coder decoder : decoders) {
      if (decoder.kind() == kind && decoder.type() == type) {
        exact.add(decoder);
      } else if (decoder.kind() == kind && decoder.type().isAssignableFrom(type)) {
        wider.add(decoder);
      }
    }
    return exact.isEmpty() ? wider : exact;
  }

  /** The kinds of message of which some decoder makes this type. */
  Set<MessageKind> decodable(Class<?> type) {
    Set<MessageKind> kinds = EnumSet.noneOf(MessageKind.class);
    for (MessageKind kind : MessageKind.values()) {
      if (!decodersOf(type, kind).isEmpty()) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  /** The same, for decoders of exactly this type. */
  Set<MessageKind> exactlyDecodable(Class<?> type) {
    Set<MessageKind> kinds = EnumSet.noneOf(MessageKind.class);
    for (Coder decoder : decoders) {
      if (decoder.type() == type) {
        kinds.add(decoder.kind());
      }
    }
    return kinds;
  }
}
