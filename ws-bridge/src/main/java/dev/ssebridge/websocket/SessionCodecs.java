package dev.ssebridge.websocket;

import dev.ssebridge.websocket.Codecs.Coder;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.EndpointConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * The encoders and decoders of one session: one instance of each class, initialised before the
 * session opens and destroyed after it has closed. While several threads send at once, each encodes
 * with an instance of its own: no two threads are in an encoder at the same time (Jakarta WebSocket
 * 2.1 §4.1.2), and no lock is held while one runs.
 *
 * <p>Threading: encoding is safe for concurrent use; decoders run on the thread that delivers a
 * message, one message at a time.
 */
final class SessionCodecs {
  private static final Logger log = System.getLogger(SessionCodecs.class.getName());

  private final Codecs codecs;
  private final EndpointConfig config;
  private final EndpointInstances instances;
  private final Map<Class<?>, Deque<Encoder>> encoders = new LinkedHashMap<>(); // those not in use
  private final Map<Class<?>, Decoder> decoders = new LinkedHashMap<>();
  private volatile boolean closed;

  private SessionCodecs(Codecs codecs, EndpointConfig config, EndpointInstances instances) {
    this.codecs = codecs;
    this.config = config;
    this.instances = instances;
  }

  /**
   * Makes and initialises the coders of a session. If one fails, those before it are destroyed.
   *
   * @param config what {@code init} is called with
   * @throws InstantiationException if there is no instance of a coder
   * @throws RuntimeException what a coder's {@code init} threw
   */
  static SessionCodecs open(Codecs codecs, EndpointConfig config, EndpointInstances instances)
      throws InstantiationException {
    SessionCodecs opened = new SessionCodecs(codecs, config, instances);
    boolean complete = false;
    try {
      for (Coder each : codecs.encoders()) {
        if (!opened.encoders.containsKey(each.coder())) {
          Deque<Encoder> idle = new ConcurrentLinkedDeque<>();
          idle.push(opened.newEncoder(each));
          opened.encoders.put(each.coder(), idle);
        }
      }
      for (Coder each : codecs.decoders()) {
        if (!opened.decoders.containsKey(each.coder())) {
          Decoder decoder = (Decoder) instances.coder(each.coder());
          decoder.init(config);
          opened.decoders.put(each.coder(), decoder);
        }
      }
      complete = true;
      return opened;
    } finally {
      if (!complete) {
        opened.close();
      }
    }
  }

  private Encoder newEncoder(Coder coder) throws InstantiationException {
    Encoder encoder = (Encoder) instances.coder(coder.coder());
    encoder.init(config);
    return encoder;
  }

  /**
   * Destroys the coders, the decoders first, each in the reverse of its order; call it once. An
   * encoder that is in use is destroyed when its call returns.
   */
  void close() {
    closed = true;
    for (Decoder decoder : reversed(decoders)) {
      destroy(decoder, decoder::destroy);
    }
    reversed(encoders).forEach(this::destroyIdle);
  }

  private void destroyIdle(Deque<Encoder> idle) {
    for (Encoder encoder = idle.poll(); encoder != null; encoder = idle.poll()) {
      destroy(encoder, encoder::destroy);
    }
  }

  private static <T> List<T> reversed(Map<Class<?>, T> coders) {
    List<T> list = new ArrayList<>(coders.values());
    Collections.reverse(list);
    return list;
  }

  private void destroy(Object coder, Runnable destroy) {
    try {
      destroy.run();
      instances.release(coder);
    } catch (Throwable e) {
      log.log(Level.WARNING, coder.getClass().getName() + " could not be destroyed", e);
    }
  }

  private static <T> T instance(Map<Class<?>, T> coders, Coder coder) {
    return Objects.requireNonNull(coders.get(coder.coder()));
  }

  /** The classes behind these coders. */
  Codecs codecs() {
    return codecs;
  }

  /**
   * An object as a message: by the first encoder listed that takes it, else by itself if it is
   * text, bytes, a primitive's box or a {@code Character}.
   *
   * @throws IllegalArgumentException if the object is null
   * @throws EncodeException if no encoder takes it, or the encoder refuses or returns null
   * @throws IOException what a stream encoder threw
   */
  Encoded encode(@Nullable Object object) throws EncodeException, IOException {
    if (object == null) {
      throw new IllegalArgumentException("the object to send is null");
    }
    for (Coder each : codecs.encoders()) {
      if (each.type().isInstance(object)) {
        return encode(each, object);
      }
    }
    if (object instanceof byte[] bytes) {
      return new Encoded.Binary(ByteBuffer.wrap(bytes));
    }
    if (object instanceof ByteBuffer bytes) {
      return new Encoded.Binary(bytes);
    }
    if (Scalar.of(object.getClass()) != null) {
      return new Encoded.Text(object.toString());
    }
    throw new EncodeException(object, "No encoder for " + object.getClass().getName());
  }

  private Encoded encode(Coder coder, Object object) throws EncodeException, IOException {
    Deque<Encoder> idle = instance(encoders, coder);
    Encoder encoder = idle.poll();
    if (encoder == null) {
      try {
        encoder = newEncoder(coder);
      } catch (InstantiationException e) {
        throw new EncodeException(object, "No encoder for another thread", e);
      }
    }
    try {
      return encode(encoder, coder.role(), object);
    } finally {
      idle.push(encoder);
      if (closed) { // looked at after the push, so that either this or close() destroys it
        destroyIdle(idle);
      }
    }
  }

  @SuppressWarnings("unchecked") // a Coder says that its class encodes the object's
  private static Encoded encode(Encoder encoder, Class<?> role, Object object)
      throws EncodeException, IOException {
    if (role == Encoder.Text.class) {
      String text = ((Encoder.Text<Object>) encoder).encode(object);
      return new Encoded.Text(given(text, encoder, object));
    }
    if (role == Encoder.TextStream.class) {
      StringWriter writer = new StringWriter();
      ((Encoder.TextStream<Object>) encoder).encode(object, writer);
      return new Encoded.Text(writer.toString());
    }
    if (role == Encoder.Binary.class) {
      ByteBuffer bytes = ((Encoder.Binary<Object>) encoder).encode(object);
      return new Encoded.Binary(given(bytes, encoder, object));
    }
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    ((Encoder.BinaryStream<Object>) encoder).encode(object, stream);
    return new Encoded.Binary(ByteBuffer.wrap(stream.toByteArray()));
  }

  private static <T> T given(@Nullable T encoded, Encoder encoder, Object object)
      throws EncodeException {
    if (encoded == null) {
      throw new EncodeException(object, encoder.getClass().getName() + " returned null");
    }
    return encoded;
  }

  /**
   * A text message as an object: by the first decoder listed for the type that will decode it.
   *
   * @return null if the decoder returned it
   * @throws DecodeException if no decoder will, or the decoder refuses
   * @throws IOException what a stream decoder threw
   */
  @Nullable Object decode(Class<?> type, String text) throws DecodeException, IOException {
    for (Coder each : codecs.decodersOf(type, MessageKind.TEXT)) {
      Decoder decoder = instance(decoders, each);
      if (each.role() == Decoder.TextStream.class) {
        Decoder.TextStream<?> stream = (Decoder.TextStream<?>) decoder;
        return checked(type, stream.decode(new StringReader(text)), text);
      }
      Decoder.Text<?> whole = (Decoder.Text<?>) decoder;
      if (whole.willDecode(text)) {
        return checked(type, whole.decode(text), text);
      }
    }
    throw new DecodeException(text, "No decoder makes a " + type.getName() + " of the message");
  }

  /** The same for a binary message; the buffer itself is not consumed. */
  @Nullable Object decode(Class<?> type, ByteBuffer bytes) throws DecodeException, IOException {
    for (Coder each : codecs.decodersOf(type, MessageKind.BINARY)) {
      Decoder decoder = instance(decoders, each);
      if (each.role() == Decoder.BinaryStream.class) {
        Decoder.BinaryStream<?> stream = (Decoder.BinaryStream<?>) decoder;
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return checked(type, stream.decode(new ByteArrayInputStream(copy)), bytes);
      }
      Decoder.Binary<?> whole = (Decoder.Binary<?>) decoder;
      if (whole.willDecode(bytes.duplicate())) {
        return checked(type, whole.decode(bytes.duplicate()), bytes);
      }
    }
    throw new DecodeException(bytes, "No decoder makes a " + type.getName() + " of the message");
  }

  private static @Nullable Object checked(Class<?> type, @Nullable Object decoded, Object message)
      throws DecodeException {
    if (decoded == null || type.isInstance(decoded)) {
      return decoded;
    }
    String what = "Decoded a " + decoded.getClass().getName() + ", not a " + type.getName();
    throw message instanceof ByteBuffer bytes
        ? new DecodeException(bytes, what)
        : new DecodeException((String) message, what);
  }
}
