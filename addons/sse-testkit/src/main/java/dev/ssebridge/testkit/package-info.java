/**
 * Three kinds of tests. Of endpoints, without a container: {@link
 * dev.ssebridge.testkit.TestBridge}. Of streams, with what ordinary clients cannot do: a proxy that
 * cuts, stalls and delays connections, and an HTTP client that reads as slowly as it is told to.
 * And what whoever writes an event log of their own extends to test it.
 */
@NullMarked
package dev.ssebridge.testkit;

import org.jspecify.annotations.NullMarked;
