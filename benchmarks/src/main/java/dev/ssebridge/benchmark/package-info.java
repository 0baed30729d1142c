/**
 * The fan-out comparison: servers that send the same events to the same clients, each in a process
 * of its own, and the load client that counts what arrives.
 */
@NullMarked
package dev.ssebridge.benchmark;

import org.jspecify.annotations.NullMarked;
