package dev.ssebridge.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A running server with its clients, and what has been measured of it. */
final class Entrant implements AutoCloseable {
  private static final int FIRST_CLIENTS = 20; // what they cost once is not a connection's cost

  final ServerHandle server;
  final Map<Workload, List<Sample>> samples = new LinkedHashMap<>();
  double heapKilobytes; // per idle connection
  double directKilobytes;

  private final LoadClient load;
  private final Crowd crowd;
  private long published;

  Entrant(ServerHandle server, LoadClient load) {
    this.server = server;
    this.load = load;
    this.crowd = new Crowd(server.progress);
  }

  String name() {
    return server.contestant.name();
  }

  /** Connects the clients and sees what memory they take. */
  void connect(int clients) {
    var target = new LoadClient.Target(server.port, server.contestant.kind().isWebSocket);
    load.watch(crowd);
    load.connect(crowd, target, FIRST_CLIENTS);
    crowd.awaitOpen(server::clients);
    ServerHandle.Memory before = server.memory();
    load.connect(crowd, target, clients - FIRST_CLIENTS);
    crowd.awaitOpen(server::clients);
    ServerHandle.Memory after = server.memory();
    double more = 1024.0 * (clients - FIRST_CLIENTS);
    heapKilobytes = (after.heap() - before.heap()) / more;
    directKilobytes = (after.direct() - before.direct()) / more;
  }

  /** Lets the server's compiler and its buffers settle. */
  void warmUp(long nanos) {
    run(Workload.SATURATED, nanos);
    run(Workload.BURSTS, nanos / 2);
    run(Workload.LARGE, nanos / 4);
  }

  /** Measures one workload once. */
  void measure(Workload workload, long nanos) {
    samples.computeIfAbsent(workload, w -> new ArrayList<>()).add(run(workload, nanos));
  }

  private Sample run(Workload workload, long nanos) {
    load.watch(crowd);
    crowd.arrival.delays.reset();
    crowd.arrival.recording = !workload.isSaturated();
    long cpu = server.cpuNanos();
    long start = System.nanoTime();
    long before = published;
    published = server.publish(workload, nanos);
    crowd.awaitEvents(published);
    long took = System.nanoTime() - start;
    cpu = server.cpuNanos() - cpu;
    crowd.check(published);
    return new Sample(
        (published - before) * crowd.clients.size(),
        cpu,
        took,
        crowd.arrival.delays.getValueAtPercentile(50),
        crowd.arrival.delays.getValueAtPercentile(99));
  }

  @Override
  public void close() throws Exception {
    load.cut(crowd);
    server.close();
  }
}
