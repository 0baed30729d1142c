package dev.ssebridge.websocket;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the type variables of a class's ancestors stand for in that class, as far as its declaration
 * tells: {@code T} of {@code Decoder.Text<T>} is {@code Order} in a class that extends {@code
 * JsonDecoder<Order>}. Immutable.
 */
final class TypeArguments {
  private final Class<?> type;
  private final Map<TypeVariable<?>, Type> bindings = new HashMap<>();

  private TypeArguments(Class<?> type) {
    this.type = type;
    bind(type);
  }

  /** The type arguments in the declaration of a class. */
  static TypeArguments of(Class<?> type) {
    return new TypeArguments(type);
  }

  private void bind(Class<?> from) {
    Type parent = from.getGenericSuperclass();
    if (parent != null) {
      bind(parent);
    }
    for (Type each : from.getGenericInterfaces()) {
      bind(each);
    }
  }

  private void bind(Type ancestor) {
    if (ancestor instanceof ParameterizedType generic) {
      Class<?> raw = (Class<?>) generic.getRawType();
      TypeVariable<?>[] variables = raw.getTypeParameters();
      Type[] arguments = generic.getActualTypeArguments();
      for (int i = 0; i < variables.length; i++) {
        bindings.putIfAbsent(variables[i], arguments[i]);
      }
      bind(raw);
    } else if (ancestor instanceof Class<?> raw) {
      bind(raw);
    }
  }

  /**
   * The class that the only type argument of an ancestor stands for.
   *
   * @param ancestor a class or interface with one type parameter
   * @return null if the class is not a subtype of the ancestor, or does not say (a lambda, a raw
   *     type, a free type variable without bound)
   */
  @Nullable Class<?> argumentOf(Class<?> ancestor) {
    return ancestor.isAssignableFrom(type) ? classOf(ancestor.getTypeParameters()[0]) : null;
  }

  /** The class that a type within a member of this class or an ancestor stands for, or null. */
  @Nullable Class<?> classOf(Type wanted) {
    if (wanted instanceof Class<?> known) {
      return known;
    }
    if (wanted instanceof ParameterizedType generic) {
      return classOf(generic.getRawType());
    }
    if (wanted instanceof GenericArrayType array) {
      Class<?> component = classOf(array.getGenericComponentType());
      return component == null ? null : Array.newInstance(component, 0).getClass();
    }
    if (wanted instanceof WildcardType wildcard) {
      return bound(wildcard.getUpperBounds());
    }
    if (wanted instanceof TypeVariable<?> variable) {
      Type bound = bindings.get(variable);
      return bound != null ? classOf(bound) : bound(variable.getBounds());
    }
    return null;
  }

  private @Nullable Class<?> bound(Type[] bounds) {
    Class<?> first = bounds.length == 0 ? null : classOf(bounds[0]);
    return first == Object.class ? null : first;
  }
}
