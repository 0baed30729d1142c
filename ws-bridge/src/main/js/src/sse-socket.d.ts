export interface SseSocketOptions {
  /**
   * `"sse"` (default): an EventSource opens, a fetch stream resumes. `"eventsource"` or `"fetch"`: always that one.
   * `"auto"`: the server chooses between SSE and WebSocket. `"websocket"`: the native class.
   */
  transport?: 'sse' | 'eventsource' | 'fetch' | 'auto' | 'websocket';
  /**
   * Which sockets use one stream, if the server can carry them there. `"auto"` (default): those of the page where it came
   * over HTTP/1.1. `"page"`: always. `"tabs"`: all tabs of the origin. `"none"`: each has its own.
   */
  share?: 'auto' | 'page' | 'tabs' | 'none';
  /** Sent with every request, such as `Authorization`; a function is asked each time. Streams are then read by fetch. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** Whether another origin gets cookies. Default true, as with a WebSocket. */
  withCredentials?: boolean;
  /** False closes the session when the page is put into the back/forward cache. Default true: it goes on when it is back. */
  bfcache?: boolean;
  /** The native class where there is no global one. */
  WebSocket?: typeof WebSocket;
}

/** The interface of `WebSocket`, over Server-Sent Events and POST. */
export class SseSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /** @throws DOMException SyntaxError if the URL or a subprotocol is not valid */
  constructor(url: string | URL, protocols?: string | string[], options?: SseSocketOptions);

  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes of messages that the server has not taken yet. */
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  binaryType: BinaryType;

  onopen: ((this: WebSocket, event: Event) => any) | null;
  onmessage: ((this: WebSocket, event: MessageEvent) => any) | null;
  onerror: ((this: WebSocket, event: Event) => any) | null;
  onclose: ((this: WebSocket, event: CloseEvent) => any) | null;

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void;
  close(code?: number, reason?: string): void;

  addEventListener<K extends keyof WebSocketEventMap>(
    type: K, listener: (this: WebSocket, event: WebSocketEventMap[K]) => any, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof WebSocketEventMap>(
    type: K, listener: (this: WebSocket, event: WebSocketEventMap[K]) => any, options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions,
  ): void;
}

export default SseSocket;
