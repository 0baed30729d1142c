package dev.ssebridge.servlet;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.Interest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who may follow what: looks at a request and decides. Asked for every stream anew, so also when a
 * client comes back; what it may not follow any more is not replayed to it either.
 *
 * <pre>{@code
 * StreamPolicy policy =
 *     request ->
 *         request
 *             .bearer()
 *             .flatMap(users::byToken)
 *             .map(user -> request.only(user::mayRead).owner(user.name()))
 *             .orElse(StreamPolicy.Refuse.unauthenticated("Bearer"));
 * }</pre>
 *
 * <p>Threading: called on the request's thread, concurrently for many requests; it may block.
 */
@FunctionalInterface
public interface StreamPolicy {
  /**
   * Decides.
   *
   * @param request who asks, and for what
   * @return {@link Accept} or {@link Refuse}
   */
  Decision decide(StreamRequest request);

  /**
   * Lets everybody follow some channels.
   *
   * @param patterns names and prefixes, as in {@link ChannelSet#of(String...)}. Who asks for none
   *     in particular gets them all
   * @return the policy
   */
  static StreamPolicy publicChannels(String... patterns) {
    Interest all = Interest.in(patterns);
    return request ->
        request.channels().isEmpty()
            ? new Accept(new Interest(all.channels(), request.types()), null, null)
            : request.only(all.channels()::contains);
  }

  /** What a policy decides. */
  sealed interface Decision {
    /**
     * The same on behalf of somebody: streams are counted by owner, and a subscription serves its
     * owner alone.
     *
     * @param name of the principal; not shown to anybody
     * @return a copy, or this if it refuses
     */
    default Decision owner(String name) {
      return this instanceof Accept accept
          ? new Accept(accept.interest, name, accept.expiry)
          : this;
    }

    /**
     * The same until some time, at which the stream ends with {@code sse.goaway} and the client
     * asks again.
     *
     * @param time for example the expiry of a token
     * @return a copy, or this if it refuses
     */
    default Decision until(Instant time) {
      return this instanceof Accept accept ? new Accept(accept.interest, accept.owner, time) : this;
    }
  }

  /**
   * The request is answered with a stream.
   *
   * @param interest what it may follow. Channels that were asked for and are not among these are
   *     told to the client as a gap of the reason {@code unauthorized}
   * @param owner on whose behalf; null for nobody in particular
   * @param expiry when the stream has to end; null for no such time
   */
  record Accept(Interest interest, @Nullable String owner, @Nullable Instant expiry)
      implements Decision {}

  /**
   * The request gets no stream.
   *
   * @param how what its client is told
   * @param challenge the {@code WWW-Authenticate} header of a 401; otherwise null
   */
  record Refuse(Refusal how, @Nullable String challenge) implements Decision {
    /**
     * Refuses with 401, which stops an {@code EventSource} for good.
     *
     * @param challenge how to authenticate, such as {@code Bearer} (RFC 9110 §11.6.1)
     * @return the decision
     */
    public static Refuse unauthenticated(String challenge) {
      return new Refuse(Refusal.UNAUTHENTICATED, challenge);
    }

    /**
     * Refuses with 403, which stops an {@code EventSource} for good.
     *
     * @return the decision
     */
    public static Refuse forbidden() {
      return new Refuse(Refusal.FORBIDDEN, null);
    }

    /**
     * Refuses for now: an empty stream with a jittered {@code retry:}.
     *
     * @return the decision
     */
    public static Refuse later() {
      return new Refuse(Refusal.LATER, null);
    }

    /**
     * Refuses with 204: there is nothing more to come, and an {@code EventSource} stops.
     *
     * @return the decision
     */
    public static Refuse forGood() {
      return new Refuse(Refusal.FOR_GOOD, null);
    }
  }

  /** What a client that gets no stream is told. */
  enum Refusal {
    /** 401: it has not said who it is. */
    UNAUTHENTICATED,
    /** 403: it may not, whoever it is. */
    FORBIDDEN,
    /** An empty stream that says when to come back; any other status would be final. */
    LATER,
    /** 204: do not come back. */
    FOR_GOOD
  }
}
