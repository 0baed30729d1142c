package dev.ssebridge.example.server;

import java.io.IOException;
import java.net.URL;
import java.security.CodeSource;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The class path reduced to the jars of the container: the parent of a war's class loader. A stock
 * container has nothing else there, so neither the test's classes nor a library of the class path
 * can be taken for the war's.
 */
public final class ContainerOnlyLoader extends ClassLoader {
  private final ClassLoader all;
  private final Predicate<String> containerJar;

  /**
   * Reduces a class loader.
   *
   * @param all has the container, and more
   * @param containerJar whether the jar with this file name belongs to the container
   */
  public ContainerOnlyLoader(ClassLoader all, Predicate<String> containerJar) {
    super(ClassLoader.getPlatformClassLoader());
    this.all = all;
    this.containerJar = containerJar;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    Class<?> found = all.loadClass(name);
    CodeSource source = found.getProtectionDomain().getCodeSource();
    if (source == null || !isContainer(source.getLocation())) {
      throw new ClassNotFoundException(name + " is not the container's");
    }
    return found;
  }

  @Override
  protected @Nullable URL findResource(String name) {
    try {
      Enumeration<URL> found = findResources(name);
      return found.hasMoreElements() ? found.nextElement() : null;
    } catch (IOException e) {
      return null; // as ClassLoader.getResource has it
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) throws IOException {
    List<URL> found = Collections.list(all.getResources(name));
    found.removeIf(url -> !isContainer(url));
    return Collections.enumeration(found);
  }

  private boolean isContainer(@Nullable URL url) {
    if (url == null) {
      return false;
    }
    String path = url.getPath();
    int inside = path.indexOf("!/");
    String jar = inside < 0 ? path : path.substring(0, inside);
    return jar.endsWith(".jar") && containerJar.test(jar.substring(jar.lastIndexOf('/') + 1));
  }
}
