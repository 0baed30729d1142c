package dev.ssebridge.websocket;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where sessions wait while their server restarts: a line of JSON each. It is written when the
 * application stops in good order, and removed once it has been read, so that what it holds is
 * never older than the last stop.
 *
 * <p>It holds the clients' secrets and messages, and is made for its owner's eyes alone where the
 * file system knows owners.
 *
 * @param path where it stands; its folder is made if there is none
 * @param maxBytes how large it may become, at least 1; sessions that do not fit are closed
 * @param maxWait how long a stop waits, in all, for endpoints that are at work; sessions of those
 *     that are not done then are closed
 */
public record SessionFile(Path path, long maxBytes, Duration maxWait) {
  static final long DEFAULT_BYTES = 256 << 20;
  static final long MOST_BYTES = 1L << 40;
  static final Duration DEFAULT_WAIT = Duration.ofSeconds(2);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public SessionFile {
    if (maxBytes < 1 || maxWait.isNegative() || maxWait.isZero()) {
      throw new IllegalArgumentException("not positive: " + maxBytes + " bytes, " + maxWait);
    }
  }

  /**
   * A file of at most 256 MiB, for which a stop waits 2 s.
   *
   * @param path where it stands
   * @return the file
   */
  public static SessionFile at(Path path) {
    return new SessionFile(path, DEFAULT_BYTES, DEFAULT_WAIT);
  }

  /** Takes sessions one after the other; nothing is at the file's place before it is closed. */
  static final class Writer implements AutoCloseable {
    private final SessionFile file;
    private final Path unfinished;
    private final BufferedWriter out;
    private long room;

    private Writer(SessionFile file) throws IOException {
      this.file = file;
      Path place = file.path.toAbsolutePath();
      Path folder = place.getParent();
      if (folder == null) {
        throw new IOException("there can be no file at " + place);
      }
      Files.createDirectories(folder);
      unfinished = Files.createTempFile(folder, "sessions", ".tmp", ownersOnly(folder));
      out = Files.newBufferedWriter(unfinished, StandardCharsets.UTF_8);
      room = file.maxBytes;
    }

    private static FileAttribute<?>[] ownersOnly(Path folder) {
      return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
          }
          : new FileAttribute<?>[0];
    }

    /** Returns false if there is no room for it. */
    boolean add(SavedSession session) throws IOException {
      String line = session.toJson();
      int bytes = line.getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes > room) {
        return false;
      }
      room -= bytes;
      out.write(line);
      out.write('\n');
      return true;
    }

    @Override
    public void close() throws IOException {
      try {
        out.close();
        Files.move(unfinished, file.path, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    }
  }

  Writer write() throws IOException {
    return new Writer(this);
  }

  /** What the last stop has left, and removes it. Lines that cannot be read are left out. */
  List<SavedSession> take() {
    List<SavedSession> sessions = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        try {
          sessions.add(SavedSession.ofJson(line));
        } catch (IOException noSession) {
          warn("a session in " + path + " cannot be read", noSession);
        }
      }
    } catch (NoSuchFileException firstStart) {
      return List.of();
    } catch (IOException unreadable) {
      warn("of the sessions in " + path + " only " + sessions.size() + " can be read", unreadable);
    }
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      warn("cannot remove " + path, e);
    }
    return sessions;
  }

  private static void warn(String what, IOException why) {
    SseBridge.LOG.log(System.Logger.Level.WARNING, what, why);
  }
}
