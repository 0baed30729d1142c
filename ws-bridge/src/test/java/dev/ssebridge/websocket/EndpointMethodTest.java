package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ssebridge.websocket.EndpointMethod.Argument;
import dev.ssebridge.websocket.EndpointMethod.Call;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointMethodTest {
  public static class App {
    String got;

    public String text(String text) {
      return text + "!";
    }

    public void order(AppOrder order) {
      got = String.valueOf(order);
    }

    public int number() {
      return 7;
    }

    public void fail() throws IOException {
      throw new IOException("mine");
    }

    public void many(String... texts) {
      got = String.join(",", texts);
    }
  }

  public static class AppOrder {}

  /** A class loader of a web application: its classes are not ours, whatever their names are. */
  private static final class WebAppLoader extends ClassLoader {
    WebAppLoader() {
      super(EndpointMethodTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(App.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = file.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static Method method(Class<?> type, String name) {
    for (Method each : type.getMethods()) {
      if (each.getName().equals(name)) {
        return each;
      }
    }
    throw new AssertionError(name);
  }

  private static Object call(Class<?> type, String name, Object subject) throws Throwable {
    Method method = method(type, name);
    List<Argument> arguments =
        method.getParameterCount() == 0 ? List.of() : List.of(Argument.SUBJECT);
    return EndpointMethod.bind(method, arguments)
        .invoke(type.getConstructor().newInstance(), new Call(null, subject, true));
  }

  @Test
  void returnsWhatTheMethodReturns() throws Throwable {
    assertEquals("a!", call(App.class, "text", "a"));
    assertEquals(7, call(App.class, "number", null));
    assertNull(call(App.class, "order", null));
  }

  @Test
  void throwsWhatTheMethodThrows() {
    assertEquals(
        "mine", assertThrows(IOException.class, () -> call(App.class, "fail", null)).getMessage());
  }

  @Test
  void variableArgumentsAreAnArray() throws Throwable {
    assertNull(call(App.class, "many", new String[] {"a", "b"}));
  }

  @Test
  void classesOfAnotherLoaderAreCalled() throws Throwable {
    WebAppLoader loader = new WebAppLoader();
    Class<?> app = loader.loadClass(App.class.getName());
    Class<?> order = loader.loadClass(AppOrder.class.getName());
    assertNotSame(App.class, app);
    assertSame(order, method(app, "order").getParameterTypes()[0]);
    assertEquals("a!", call(app, "text", "a"));
    assertNull(call(app, "order", order.getConstructor().newInstance()));
    assertThrows(ClassCastException.class, () -> call(app, "order", new AppOrder()));
  }

  @Test
  void isNamedAsItIsDeclared() throws Throwable {
    Method method = method(App.class, "text");
    assertEquals(
        App.class.getName() + ".text(String)",
        EndpointMethod.bind(method, List.of(Argument.SUBJECT)).toString());
  }
}
