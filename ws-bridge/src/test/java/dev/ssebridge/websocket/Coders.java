package dev.ssebridge.websocket;

import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.EndpointConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Coders as applications write them, and as they get them wrong. */
final class Coders {
  /** What coders did, in order; cleared by the tests that look at it. */
  static final List<String> seen = Collections.synchronizedList(new ArrayList<>());

  private Coders() {}

  static class Order {
    final String text;

    Order(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return getClass().getSimpleName() + ":" + text;
    }
  }

  static class RushOrder extends Order {
    RushOrder(String text) {
      super(text);
    }
  }

  /** Notes its life. */
  public abstract static class Life implements Encoder, Decoder {
    @Override
    public void init(EndpointConfig config) {
      seen.add("init " + getClass().getSimpleName());
    }

    @Override
    public void destroy() {
      seen.add("destroy " + getClass().getSimpleName());
    }
  }

  public static class OrderToText extends Life implements Encoder.Text<Order> {
    @Override
    public String encode(Order order) throws EncodeException {
      switch (order.text) {
        case "refuse":
          throw new EncodeException(order, "refused");
        case "null":
          return null;
        case "fail":
          throw new IllegalStateException("failed");
        default:
          return "T(" + order + ")";
      }
    }
  }

  public static class OrderToWriter extends Life implements Encoder.TextStream<Order> {
    @Override
    public void encode(Order order, Writer writer) throws IOException {
      if (order.text.equals("fail")) {
        throw new IOException("failed");
      }
      writer.write("W(" + order + ")");
    }
  }

  public static class OrderToBytes extends Life implements Encoder.Binary<Order> {
    @Override
    public ByteBuffer encode(Order order) {
      return order.text.equals("null") ? null : bytes("B(" + order + ")");
    }
  }

  public static class OrderToStream extends Life implements Encoder.BinaryStream<Order> {
    @Override
    public void encode(Order order, OutputStream stream) throws IOException {
      stream.write(("S(" + order + ")").getBytes(StandardCharsets.UTF_8));
    }
  }

  public static class RushOrderToText extends Life implements Encoder.Text<RushOrder> {
    @Override
    public String encode(RushOrder order) {
      return "R(" + order + ")";
    }
  }

  public static class StringToText extends Life implements Encoder.Text<String> {
    @Override
    public String encode(String text) {
      return "E(" + text + ")";
    }
  }

  public static class IntegerToText extends Life implements Encoder.Text<Integer> {
    @Override
    public String encode(Integer number) {
      return "I(" + number + ")";
    }
  }

  public static class OrderFromText extends Life implements Decoder.Text<Order> {
    @Override
    public boolean willDecode(String text) {
      return !text.startsWith("no");
    }

    @Override
    public Order decode(String text) throws DecodeException {
      switch (text) {
        case "refuse":
          throw new DecodeException(text, "refused");
        case "null":
          return null;
        case "fail":
          throw new IllegalStateException("failed");
        case "rush":
          return new RushOrder(text);
        default:
          return new Order(text);
      }
    }
  }

  /** Takes only what begins with its digit. */
  public static class OrderFrom1 extends OrderFromText {
    @Override
    public boolean willDecode(String text) {
      return text.startsWith("1");
    }

    @Override
    public Order decode(String text) {
      return new Order("one");
    }
  }

  public static class OrderFromReader extends Life implements Decoder.TextStream<Order> {
    @Override
    public Order decode(Reader reader) throws IOException, DecodeException {
      String line = new BufferedReader(reader).readLine();
      if ("fail".equals(line)) {
        throw new IOException("failed");
      }
      return new Order("reader " + line);
    }
  }

  public static class OrderFromBytes extends Life implements Decoder.Binary<Order> {
    @Override
    public boolean willDecode(ByteBuffer bytes) {
      return bytes.get() != 'n'; // consumes, as a careless application does
    }

    @Override
    public Order decode(ByteBuffer bytes) {
      return new Order(StandardCharsets.UTF_8.decode(bytes).toString());
    }
  }

  public static class OrderFromStream extends Life implements Decoder.BinaryStream<Order> {
    @Override
    public Order decode(InputStream stream) throws IOException {
      return new Order("stream " + new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  public static class RushOrderFromText extends Life implements Decoder.Text<RushOrder> {
    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public RushOrder decode(String text) {
      return new RushOrder(text);
    }
  }

  public static class StringFromText extends Life implements Decoder.Text<String> {
    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public String decode(String text) {
      return "D(" + text + ")";
    }
  }

  public static class IntegerFromText extends Life implements Decoder.Text<Integer> {
    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public Integer decode(String text) {
      return text.length();
    }
  }

  public static class ObjectFromText extends Life implements Decoder.Text<Object> {
    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public Object decode(String text) {
      return new Order("object " + text);
    }
  }

  /** One class, both kinds of message, both directions. */
  public static class Everything extends Life
      implements Encoder.Text<Order>,
          Encoder.BinaryStream<RushOrder>,
          Decoder.Text<Order>,
          Decoder.Binary<Order> {
    @Override
    public String encode(Order order) {
      return "every " + order;
    }

    @Override
    public void encode(RushOrder order, OutputStream stream) throws IOException {
      stream.write(1);
    }

    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public Order decode(String text) {
      return new Order("every " + text);
    }

    @Override
    public boolean willDecode(ByteBuffer bytes) {
      return true;
    }

    @Override
    public Order decode(ByteBuffer bytes) {
      return new Order("every " + bytes.remaining());
    }
  }

  public abstract static class Json<T> extends Life implements Decoder.Text<T> {
    @Override
    public boolean willDecode(String text) {
      return true;
    }
  }

  /** Says its type two steps up. */
  public static class JsonOrder extends Json<Order> {
    @Override
    public Order decode(String text) {
      return new Order("json " + text);
    }
  }

  public static class InitFails extends OrderFromText {
    @Override
    public void init(EndpointConfig config) {
      super.init(config);
      throw new IllegalStateException("init failed");
    }
  }

  public static class DestroyFails extends OrderFromText {
    @Override
    public void destroy() {
      super.destroy();
      throw new IllegalStateException("destroy failed");
    }
  }

  public static class ConstructorFails extends OrderFromText {
    public ConstructorFails() {
      throw new IllegalStateException("constructor failed");
    }
  }

  // What cannot be deployed.

  public abstract static class AbstractCoder extends Life
      implements Decoder.Text<Order>, Encoder.Text<Order> {}

  public static class NeedsArgument extends OrderFromText implements Encoder.Text<Order> {
    public NeedsArgument(int argument) {}

    @Override
    public String encode(Order order) {
      return "";
    }
  }

  public static class PrivateConstructor extends OrderFromText {
    private PrivateConstructor() {}
  }

  static class NotPublic extends OrderFromText {
    public NotPublic() {}
  }

  public static class NoRole extends Life {}

  @SuppressWarnings("rawtypes")
  public static class RawCoder extends Life implements Decoder.TextStream {
    @Override
    public Object decode(Reader reader) {
      return "";
    }
  }

  public static class FreeType<T> extends Life implements Encoder.Text<T> {
    @Override
    public String encode(T object) {
      return "";
    }
  }

  static List<Class<? extends Decoder>> decoders(Class<?>... types) {
    List<Class<? extends Decoder>> decoders = new ArrayList<>();
    for (Class<?> each : types) {
      decoders.add(each.asSubclass(Decoder.class));
    }
    return decoders;
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }
}
