/*
 * The bytes: what a message looks like in an event stream, in both directions. docs/protocol.md has the words.
 * Nothing here knows of sockets, sessions or time.
 */
const utf8 = new TextEncoder();

export const utf8Length = (text) => utf8.encode(text).length;

/** As a WebSocket sends it: a lone surrogate has no UTF-8 and becomes U+FFFD. */
export const wellFormed = (text) => `${text}`.replace(/\p{Surrogate}/gu, '\uFFFD');

export function toBase64(bytes) {
  let text = '';
  // in slices: a call takes only so many arguments
  for (let i = 0; i < bytes.length; i += 0x2000) text += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  return btoa(text);
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt());

/**
 * One message as a block of an event stream. A CR would end a line and many lines cost six bytes each, so such texts
 * go as a JSON string; the others as they are, behind "data: " with its space, since a text may begin with one.
 */
export function frame(number, type, data) {
  if (!type && (data.includes('\r') || data.split('\n', 9)[8] != null)) {
    type = 'ws.text';
    data = JSON.stringify(data);
  }
  return `id: ${number}\n${type && `event: ${type}\n`}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`;
}

/**
 * Reads an event stream as WHATWG HTML §9.2.6 says, from chunks of decoded text cut anywhere; returns what to feed
 * them to. A block that the stream ends in the middle of is never reported.
 *
 * @param onEvent called with (type, data, lastEventId)
 * @param onRetry called with milliseconds
 */
export function eventParser(onEvent, onRetry) {
  let rest = '';      // of a line whose end has not come
  let afterCr = false; // the chunk before ended in CR: an LF now belongs to it
  let lastId = '', id = '', type = '', data;
  return (chunk) => {
    if (afterCr && chunk) {
      afterCr = false;
      if (chunk[0] === '\n') chunk = chunk.slice(1);
    }
    if (chunk.endsWith('\r')) afterCr = true;
    const lines = chunk.split(/\r\n|[\r\n]/);
    lines[0] = rest + lines[0];
    rest = lines.pop();
    for (const line of lines) {
      if (!line) {
        lastId = id;
        if (data != null) onEvent(type || 'message', data, lastId);
        type = '';
        data = undefined;
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)/s.exec(line);
      if (field === 'data') data = data == null ? value : `${data}\n${value}`;
      else if (field === 'event') type = value;
      else if (field === 'id' && !value.includes('\0')) id = value;
      else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Math.min(value, 0x7FFFFFFF));
    }
  };
}
