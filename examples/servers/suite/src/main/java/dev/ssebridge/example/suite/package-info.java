/**
 * Tests that run on every container. A class here named {@code …Test} and annotated with {@link
 * dev.ssebridge.example.suite.OnEveryServer} is run by each container's module; nothing else has to
 * be told of it.
 */
package dev.ssebridge.example.suite;
