/**
 * Server-Sent Events without a container: what an event is, how it stands on the wire, the log that
 * orders events and replays them, and the pump that writes them to streams.
 */
@NullMarked
package dev.ssebridge;

import org.jspecify.annotations.NullMarked;
