package dev.ssebridge.websocket;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An {@code @OnMessage} method.
 *
 * @param type the type for which its handler is registered with a session: {@code String} for
 *     scalars, else the type of the message parameter
 * @param kinds the kinds of message it takes; both text and binary for a type with decoders of both
 * @param partial whether it takes messages in parts
 * @param scalar what a text message is converted to before the call; null for any other payload
 * @param maxMessageSize the largest whole message in bytes; negative: not limited by the method, as
 *     for parts, readers and streams whatever the annotation says
 */
record MessageMethod(
    EndpointMethod method,
    Class<?> type,
    Set<MessageKind> kinds,
    boolean partial,
    @Nullable Scalar scalar,
    long maxMessageSize) {}
