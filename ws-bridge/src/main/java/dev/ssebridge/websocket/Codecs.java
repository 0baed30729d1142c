package dev.ssebridge.websocket;

import jakarta.websocket.Decoder;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Encoder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The encoder and decoder classes of an endpoint, checked at deployment. Immutable. */
final class Codecs {
  private final List<Coder> encoders;
  private final List<Coder> decoders;

  /** One way of one class to encode or decode: for which type, to or from which kind. */
  private record Coder(Class<?> coder, Class<?> role, Class<?> type, MessageKind kind) {}

  private Codecs(List<Coder> encoders, List<Coder> decoders) {
    this.encoders = List.copyOf(encoders);
    this.decoders = List.copyOf(decoders);
  }

  /**
   * Reads the coders of an endpoint.
   *
   * @throws DeploymentException if a class cannot be used as the coder it is listed as
   */
  static Codecs of(List<Class<? extends Encoder>> encoders, List<Class<? extends Decoder>> decoders)
      throws DeploymentException {
    List<Coder> encoding = new ArrayList<>();
    for (Class<?> each : encoders) {
      TypeArguments arguments = TypeArguments.of(each);
      add(encoding, each, arguments, Encoder.Text.class, MessageKind.TEXT);
      add(encoding, each, arguments, Encoder.TextStream.class, MessageKind.TEXT);
      add(encoding, each, arguments, Encoder.Binary.class, MessageKind.BINARY);
      add(encoding, each, arguments, Encoder.BinaryStream.class, MessageKind.BINARY);
    }
    List<Coder> decoding = new ArrayList<>();
    for (Class<?> each : decoders) {
      TypeArguments arguments = TypeArguments.of(each);
      add(decoding, each, arguments, Decoder.Text.class, MessageKind.TEXT);
      add(decoding, each, arguments, Decoder.TextStream.class, MessageKind.TEXT);
      add(decoding, each, arguments, Decoder.Binary.class, MessageKind.BINARY);
      add(decoding, each, arguments, Decoder.BinaryStream.class, MessageKind.BINARY);
    }
    return new Codecs(encoding, decoding);
  }

  private static void add(
      List<Coder> coders, Class<?> coder, TypeArguments arguments, Class<?> role, MessageKind kind)
      throws DeploymentException {
    if (!role.isAssignableFrom(coder)) {
      return;
    }
    Class<?> type = arguments.argumentOf(role);
    if (type == null) {
      throw new DeploymentException(
          "The coder " + coder.getName() + " does not say for which type it is");
    }
    coders.add(new Coder(coder, role, type, kind));
  }

  /** The kinds of message that some decoder turns into this type. */
  Set<MessageKind> decodable(Class<?> type) {
    Set<MessageKind> kinds = EnumSet.noneOf(MessageKind.class);
    for (Coder decoder : decoders) {
      if (type.isAssignableFrom(decoder.type())) {
        kinds.add(decoder.kind());
      }
    }
    return kinds;
  }

  /** Whether some encoder takes objects of this type. */
  boolean encodable(Class<?> type) {
    return encoders.stream().anyMatch(encoder -> encoder.type().isAssignableFrom(type));
  }
}
