package dev.ssebridge.example.suite;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A client on a bare socket, which can do what an HTTP library does not: not read, and break off
 * anyhow.
 */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  private RawClient(Socket socket) {
    this.socket = socket;
  }

  /** Asks for an event stream over HTTP/1.1 and reads nothing. */
  static RawClient get(URI uri, String... headers) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(4096); // so that a reader which stalls is noticed soon
    socket.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()), 10_000);
    socket.setSoTimeout(20_000);
    var head = new StringBuilder("GET " + uri.getRawPath());
    if (uri.getRawQuery() != null) {
      head.append('?').append(uri.getRawQuery());
    }
    head.append(" HTTP/1.1\r\nHost: ").append(uri.getAuthority());
    head.append("\r\nAccept: text/event-stream\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
    return new RawClient(socket);
  }

  InputStream input() throws IOException {
    return socket.getInputStream();
  }

  /** Says that nothing more will be sent, and goes on reading. */
  void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  /** Breaks the connection with a reset instead of an end. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
