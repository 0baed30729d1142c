package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InjectedInstancesTest {
  private static final String TOMCAT = "org.apache.tomcat.InstanceManager";
  private static final String JETTY = "org.eclipse.jetty.util.DecoratedObjectFactory";

  /** The shape of Tomcat's interface; its implementation is not public there either. */
  public interface Manager {
    Object newInstance(Class<?> type);

    void newInstance(Object object) throws Exception;

    void destroyInstance(Object object) throws Exception;
  }

  static class HiddenManager implements Manager {
    final List<Object> injected = new ArrayList<>();
    final List<Object> destroyed = new ArrayList<>();
    Exception failure;

    @Override
    public Object newInstance(Class<?> type) {
      throw new AssertionError("the instance comes from the configurator");
    }

    @Override
    public void newInstance(Object object) throws Exception {
      if (failure != null) {
        throw failure;
      }
      injected.add(object);
    }

    @Override
    public void destroyInstance(Object object) throws Exception {
      if (failure != null) {
        throw failure;
      }
      destroyed.add(object);
    }
  }

  /** The shape of Jetty's factory, which may return another object. */
  public static class Factory {
    final Plain other = new Plain();

    public <T> T decorate(T object) {
      @SuppressWarnings("unchecked")
      T decorated = object instanceof Plain ? (T) other : object;
      return decorated;
    }

    public void destroy(Object object) {}
  }

  public static class Plain {}

  private static EndpointInstances instances(String attribute, Object injector) {
    ServletContext context = mock(ServletContext.class);
    when(context.getAttribute(attribute)).thenReturn(injector);
    return InjectedInstances.of(context);
  }

  private static ServerEndpointConfig config(Object instance) {
    return ServerEndpointConfig.Builder.create(Plain.class, "/")
        .configurator(
            new ServerEndpointConfig.Configurator() {
              @Override
              public <T> T getEndpointInstance(Class<T> type) {
                return type.cast(instance);
              }
            })
        .build();
  }

  @Test
  void theContainerInjectsIntoWhatTheConfiguratorReturns() throws Exception {
    HiddenManager manager = new HiddenManager();
    EndpointInstances instances = instances(TOMCAT, manager);
    Plain plain = new Plain();
    assertSame(plain, instances.endpoint(config(plain)));
    Object coder = instances.coder(Coders.OrderToText.class);
    assertEquals(List.of(plain, coder), manager.injected);
    instances.release(plain);
    assertEquals(List.of(plain), manager.destroyed);
  }

  @Test
  void aDecoratedInstanceTakesThePlaceOfTheOther() throws Exception {
    Factory factory = new Factory();
    EndpointInstances instances = instances(JETTY, factory);
    assertSame(factory.other, instances.endpoint(config(new Plain())));
    instances.release(factory.other);
  }

  @Test
  void anInjectionThatFailsIsARefusedInstance() {
    HiddenManager manager = new HiddenManager();
    manager.failure = new IllegalStateException("no resource");
    EndpointInstances instances = instances(TOMCAT, manager);
    InstantiationException refused =
        assertThrows(InstantiationException.class, () -> instances.endpoint(config(new Plain())));
    assertSame(manager.failure, refused.getCause());
    instances.release("anything"); // logged, not thrown: the session has ended
  }

  @Test
  void nothingIsNotInjectedInto() {
    EndpointInstances instances = instances(TOMCAT, new HiddenManager());
    assertThrows(InstantiationException.class, () -> instances.endpoint(config(null)));
  }

  @Test
  void withoutAnInjectorTheConfiguratorDecidesAlone() {
    assertSame(EndpointInstances.CONFIGURATOR, instances("other", "anything"));
    assertSame(EndpointInstances.CONFIGURATOR, instances(TOMCAT, "not an instance manager"));
  }
}
