package dev.ssebridge.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hands the sockets it accepts to the test. */
final class TestServer implements AutoCloseable {
  private final ServerSocket listener;
  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private final List<Socket> all = new CopyOnWriteArrayList<>();

  TestServer() throws IOException {
    listener = new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
    Thread thread = new Thread(this::accept, "test-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        socket.setSoTimeout(10_000);
        all.add(socket);
        accepted.add(socket);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  Socket next() throws InterruptedException {
    Socket socket = accepted.poll(10, TimeUnit.SECONDS);
    if (socket == null) {
      throw new AssertionError("nobody connected");
    }
    return socket;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : all) {
      socket.close();
    }
  }
}
