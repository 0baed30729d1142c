/** Undertow, embedded. */
@NullMarked
package dev.ssebridge.example.server.undertow;

import org.jspecify.annotations.NullMarked;
