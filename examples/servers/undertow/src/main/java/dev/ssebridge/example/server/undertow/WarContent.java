package dev.ssebridge.example.server.undertow;

import dev.ssebridge.example.server.ContainerOnlyLoader;
import dev.ssebridge.example.server.ServerConfig;
import io.undertow.Undertow;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.annotation.HandlesTypes;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * What Undertow, which has no deployer, is told of a war: the class loader, the endpoints and the
 * initializers with the classes they ask for. It finds them by loading every class. Neither {@code
 * web.xml} nor the annotations for servlets, filters and listeners are read.
 *
 * @param root the directory of the war
 * @param loader its classes, then its libraries
 * @param endpoints classes annotated as endpoints, and {@code ServerApplicationConfig}s
 * @param initializers those of its libraries
 */
record WarContent(
    Path root,
    URLClassLoader loader,
    Set<Class<?>> endpoints,
    List<ServerConfig.Initializer> initializers) {

  static WarContent read(Path war, Path temporary) throws IOException {
    Path root = Files.isDirectory(war) ? war : unpack(war, temporary.resolve("war"));
    List<Path> roots = new ArrayList<>();
    roots.add(root.resolve("WEB-INF/classes"));
    if (Files.isDirectory(root.resolve("WEB-INF/lib"))) {
      try (Stream<Path> jars = Files.list(root.resolve("WEB-INF/lib"))) {
        jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().forEach(roots::add);
      }
    }
    URL[] urls = new URL[roots.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = roots.get(i).toUri().toURL();
    }
    URLClassLoader loader =
        new URLClassLoader(
            urls,
            new ContainerOnlyLoader(Undertow.class.getClassLoader(), WarContent::isContainerJar));
    Set<Class<?>> classes = new LinkedHashSet<>();
    for (Path each : roots) {
      classes.addAll(classesOf(each, loader));
    }
    return new WarContent(root, loader, endpointsOf(classes), initializersOf(classes, loader));
  }

  private static boolean isContainerJar(String name) {
    return Stream.of("undertow-", "jakarta.", "xnio-", "jboss-", "wildfly-", "smallrye-")
        .anyMatch(name::startsWith);
  }

  private static Set<Class<?>> endpointsOf(Set<Class<?>> classes) {
    Set<Class<?>> endpoints = new LinkedHashSet<>();
    for (Class<?> each : classes) {
      if (each.isAnnotationPresent(ServerEndpoint.class)
          || ServerApplicationConfig.class.isAssignableFrom(each)) {
        endpoints.add(each);
      }
    }
    return endpoints;
  }

  private static List<ServerConfig.Initializer> initializersOf(
      Set<Class<?>> classes, ClassLoader loader) {
    List<ServerConfig.Initializer> initializers = new ArrayList<>();
    for (ServletContainerInitializer each :
        ServiceLoader.load(ServletContainerInitializer.class, loader)) {
      HandlesTypes types = each.getClass().getAnnotation(HandlesTypes.class);
      Set<Class<?>> handled = new LinkedHashSet<>();
      if (types != null) {
        for (Class<?> one : classes) {
          if (Stream.of(types.value()).anyMatch(type -> handles(type, one))) {
            handled.add(one);
          }
        }
      }
      initializers.add(new ServerConfig.Initializer(each, handled));
    }
    return initializers;
  }

  private static boolean handles(Class<?> type, Class<?> found) {
    if (type.isAnnotation()) {
      for (Annotation present : found.getAnnotations()) {
        if (present.annotationType() == type) {
          return true;
        }
      }
      return false;
    }
    return type.isAssignableFrom(found) && type != found;
  }

  private static List<Class<?>> classesOf(Path root, ClassLoader loader) throws IOException {
    if (Files.isDirectory(root)) {
      return classesBelow(root, loader);
    }
    if (!Files.exists(root)) {
      return List.of();
    }
    try (FileSystem jar = FileSystems.newFileSystem(root)) {
      return classesBelow(jar.getPath("/"), loader);
    }
  }

  private static List<Class<?>> classesBelow(Path root, ClassLoader loader) throws IOException {
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String path = root.relativize(file).toString();
        if (path.endsWith(".class")
            && !path.endsWith("-info.class")
            && !path.contains("META-INF")) {
          String name = path.substring(0, path.length() - ".class".length()).replace('/', '.');
          try {
            classes.add(Class.forName(name, false, loader));
          } catch (ClassNotFoundException | LinkageError optional) {
            // needs what the war does not have: not for us, as a scan of the bytes would find
          }
        }
      }
    }
    return classes;
  }

  private static Path unpack(Path war, Path target) throws IOException {
    try (InputStream in = Files.newInputStream(war);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = target.resolve(entry.getName()).normalize();
        if (!file.startsWith(target)) {
          throw new IOException("outside of the war: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.getParent());
          Files.copy(zip, file);
        }
      }
    }
    return target;
  }
}
