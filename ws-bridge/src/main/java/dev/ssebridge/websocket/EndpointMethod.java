package dev.ssebridge.websocket;

import jakarta.websocket.DecodeException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Session;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One annotated method of an endpoint class, ready to be called. Immutable. */
final class EndpointMethod {
  private final Method method;
  private final MethodHandle handle; // (Object[]) Object; the receiver is the first element
  private final Argument[] arguments;

  /**
   * What a call is about.
   *
   * @param subject the message, {@code EndpointConfig}, {@code CloseReason} or {@code Throwable};
   *     null only for a message of which a decoder made null
   * @param last for a part of a message: whether it is the last
   */
  record Call(Session session, @Nullable Object subject, boolean last) {}

  /** Where an argument comes from. */
  interface Argument {
    Argument SESSION = Call::session;
    Argument SUBJECT = Call::subject;
    Argument LAST = Call::last;

    @Nullable Object from(Call call) throws DecodeException;
  }

  /** The value of a variable of the path; null where the template has no such variable. */
  record PathValue(String name, Scalar scalar) implements Argument {
    @Override
    public @Nullable Object from(Call call) throws DecodeException {
      Map<String, String> values = call.session().getPathParameters();
      String value = values.get(name);
      if (value == null) {
        return null;
      }
      return scalar.parse(value);
    }
  }

  private EndpointMethod(Method method, MethodHandle handle, Argument[] arguments) {
    this.method = method;
    this.handle = handle;
    this.arguments = arguments;
  }

  /**
   * Binds a method to the sources of its arguments.
   *
   * @throws DeploymentException if the method may not be called from here
   */
  static EndpointMethod bind(Method method, List<Argument> arguments) throws DeploymentException {
    MethodHandle handle;
    try {
      method.trySetAccessible(); // a public method of a class that is not public, or opened to us
      handle = MethodHandles.lookup().unreflect(method);
    } catch (IllegalAccessException e) {
      throw new DeploymentException(
          describe(method) + " cannot be called: its package must be exported or opened", e);
    }
    if (Modifier.isStatic(method.getModifiers())) {
      handle = MethodHandles.dropArguments(handle, 0, Object.class);
    }
    int count = arguments.size() + 1;
    handle =
        handle
            .asFixedArity()
            .asType(MethodType.genericMethodType(count))
            .asSpreader(Object[].class, count);
    return new EndpointMethod(method, handle, arguments.toArray(Argument[]::new));
  }

  /**
   * Calls the method.
   *
   * @return what it returned; null for void
   * @throws DecodeException if a path parameter is not of its type; the method was not called
   * @throws Throwable whatever the method itself threw, not wrapped
   */
  @Nullable Object invoke(Object instance, Call call) throws Throwable {
    @Nullable Object[] values = new @Nullable Object[arguments.length + 1];
    values[0] = instance;
    for (int i = 0; i < arguments.length; i++) {
      values[i + 1] = arguments[i].from(call);
    }
    return (Object) handle.invokeExact(values);
  }

  /** The method as messages name it: {@code com.example.Chat.onText(String, Session)}. */
  static String describe(Method method) {
    StringBuilder text = new StringBuilder();
    text.append(method.getDeclaringClass().getName()).append('.').append(method.getName());
    text.append('(');
    Class<?>[] types = method.getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      text.append(i == 0 ? "" : ", ").append(types[i].getSimpleName());
    }
    return text.append(')').toString();
  }

  @Override
  public String toString() {
    return describe(method);
  }
}
