package dev.ssebridge.example.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Lays out a war in a directory, from classes and libraries of the class path. Every call writes at
 * once.
 *
 * <p><b>Threading:</b> not safe for concurrent use.
 */
public final class ExplodedWar {
  private final Path root;

  private ExplodedWar(Path root) {
    this.root = root;
  }

  /** Begins an empty war in a directory, which is created if need be. */
  public static ExplodedWar in(Path directory) {
    try {
      Files.createDirectories(directory.resolve("WEB-INF/classes"));
      return new ExplodedWar(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies classes to {@code WEB-INF/classes}, each with the classes nested in it. */
  public ExplodedWar classes(Class<?>... classes) {
    for (Class<?> one : classes) {
      String name = one.getName().replace('.', '/');
      copyFromOrigin(
          one,
          path -> path.equals(name + ".class") || path.startsWith(name + "$"),
          root.resolve("WEB-INF/classes"));
    }
    return this;
  }

  /**
   * Puts the library that holds a class into {@code WEB-INF/lib}, as a jar also where the build has
   * only its directory.
   */
  public ExplodedWar library(Class<?> member) {
    Path origin = origin(member);
    boolean jar = Files.isRegularFile(origin);
    String name = jar ? origin.getFileName().toString() : member.getPackageName() + ".jar";
    Path target = root.resolve("WEB-INF/lib").resolve(name);
    try {
      Files.createDirectories(target.getParent());
      if (jar) {
        Files.copy(origin, target);
      } else {
        zip(origin, target);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /**
   * Makes a jar of text files in {@code WEB-INF/lib}.
   *
   * @param name the file name of the jar
   * @param files path to content
   */
  public ExplodedWar library(String name, Map<String, String> files) {
    try {
      Path content = Files.createTempDirectory(name);
      for (Map.Entry<String, String> file : files.entrySet()) {
        write(content.resolve(file.getKey()), file.getValue());
      }
      Path jar = root.resolve("WEB-INF/lib").resolve(name);
      Files.createDirectories(jar.getParent());
      zip(content, jar);
      TemporaryDirectory.delete(content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a text file, such as {@code WEB-INF/web.xml} or a page. */
  public ExplodedWar file(String path, String text) {
    try {
      write(root.resolve(path), text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The directory. */
  public Path directory() {
    return root;
  }

  /** Packs what is there so far as a war file, outside of the directory. */
  public Path packTo(Path war) {
    try {
      zip(root, war);
      return war;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copyFromOrigin(Class<?> member, Predicate<String> wanted, Path target) {
    Path origin = origin(member);
    try {
      if (Files.isDirectory(origin)) {
        copy(origin, wanted, target);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(origin)) {
          copy(jar.getPath("/"), wanted, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Predicate<String> wanted, Path to) throws IOException {
    for (Path file : filesBelow(from)) {
      String path = from.relativize(file).toString();
      if (wanted.test(path)) {
        Path copy = to.resolve(path);
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }

  private static void zip(Path directory, Path archive) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted().filter(each -> !each.equals(directory)).toList()) {
          // Directories too: containers ask a jar for META-INF/resources before they look inside.
          boolean folder = Files.isDirectory(path);
          out.putNextEntry(new ZipEntry(directory.relativize(path) + (folder ? "/" : "")));
          if (!folder) {
            Files.copy(path, out);
          }
        }
      }
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static List<Path> filesBelow(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static Path origin(Class<?> member) {
    CodeSource source = member.getProtectionDomain().getCodeSource();
    if (source == null) {
      throw new IllegalArgumentException("not from the class path: " + member);
    }
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no path for the origin of " + member, e);
    }
  }
}
