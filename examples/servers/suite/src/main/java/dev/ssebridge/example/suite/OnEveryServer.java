package dev.ssebridge.example.suite;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class of the suite: its tests may take a {@link Servers} parameter, and each has a minute.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Servers.Extension.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public @interface OnEveryServer {}
