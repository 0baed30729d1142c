package dev.ssebridge.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * An HTTP/1.1 client that does nothing by itself: one request per connection, and a response that
 * is read only as far as the test asks for.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class RawHttpClient {
  private final InetSocketAddress server;
  private final int receiveBuffer;
  private final Duration timeout;

  private RawHttpClient(InetSocketAddress server, int receiveBuffer, Duration timeout) {
    this.server = server;
    this.receiveBuffer = receiveBuffer;
    this.timeout = timeout;
  }

  /** A client of the host and port of an address. */
  public static RawHttpClient to(URI server) {
    return new RawHttpClient(
        new InetSocketAddress(server.getHost(), server.getPort()), 0, Duration.ofSeconds(10));
  }

  /**
   * The same with a receive buffer of this many bytes in the kernel, so that a client that stops
   * reading is felt by the server soon; default 0, the kernel's choice, which grows to megabytes.
   */
  public RawHttpClient withReceiveBuffer(int bytes) {
    return new RawHttpClient(server, bytes, timeout);
  }

  /** The same with another limit for the connection and the head of the response; default 10 s. */
  public RawHttpClient withTimeout(Duration timeout) {
    return new RawHttpClient(server, receiveBuffer, timeout);
  }

  /**
   * Opens a stream: sends a GET and reads the head of the response.
   *
   * @param target path and query
   * @param headers whole lines, such as {@code Last-Event-ID: a-1}; {@code Host} is always sent
   * @throws IOException if the connection or the head fails, or takes too long
   */
  public RawStream get(String target, String... headers) throws IOException {
    return send("GET", target, new byte[0], headers);
  }

  /**
   * Sends a request with a body, whose length is announced if it is not empty, and reads the head
   * of the response.
   *
   * @param target path and query
   * @param headers whole lines; {@code Host} is always sent
   * @throws IOException if the connection or the head fails, or takes too long
   */
  public RawStream send(String method, String target, byte[] body, String... headers)
      throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(server.getHostString()).append(':').append(server.getPort());
    head.append("\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] request = new byte[start.length + body.length];
    System.arraycopy(start, 0, request, 0, start.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    RawStream stream = open(request);
    try {
      stream.readHead(timeout);
      return stream;
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /**
   * Connects and sends bytes as they are, for requests that are incomplete or wrong.
   *
   * @return a stream whose head has to be read with {@link RawStream#readHead}
   * @throws IOException if the connection fails
   */
  public RawStream open(byte[] request) throws IOException {
    Socket socket = new Socket();
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer); // counts only before the connection is made
      }
      socket.setTcpNoDelay(true);
      socket.connect(server, Math.toIntExact(timeout.toMillis()));
      socket.getOutputStream().write(request);
      return new RawStream(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
