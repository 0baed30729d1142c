package com.example.boot;

import jakarta.websocket.server.ServerEndpointConfig;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.stereotype.Component;

/** Has Spring make an endpoint for each session, since its own configurator needs a war. */
@Component
public class SpringMade extends ServerEndpointConfig.Configurator implements BeanFactoryAware {
  private static volatile AutowireCapableBeanFactory beans;

  @Override
  public void setBeanFactory(BeanFactory factory) {
    beans = (AutowireCapableBeanFactory) factory;
  }

  @Override
  public <T> T getEndpointInstance(Class<T> endpoint) {
    return beans.createBean(endpoint);
  }
}
