/** Jakarta WebSocket sessions whose transport is Server-Sent Events and HTTP POST. */
@NullMarked
package dev.ssebridge.websocket;

import org.jspecify.annotations.NullMarked;
