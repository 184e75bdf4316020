import { BadTrace, countOf } from "./bad-trace.ts";
import { LineJoiner, LineScanner } from "./line-scanner.ts";
import type { RequestSink } from "./request-sink.ts";
import type { TraceReader } from "./trace-reader.ts";
import { isSpace } from "./key-lines.ts";

/** Adds the requests of one line without surrounding spaces, or skips the line. */
export type ReadLine = (
  sink: RequestSink,
  bytes: Uint8Array,
  start: number,
  end: number,
  line: number,
) => void;

/** A reader of a format with one line per request. */
export function createLineReader(sink: RequestSink, readLine: ReadLine): TraceReader {
  const joiner = new LineJoiner((bytes, from, to, line) => {
    if (bytes === undefined) return sink.passOver("broken", line);
    let [start, end] = [from, to];
    while (start < end && isSpace(bytes[start]!)) start += 1;
    while (end > start && isSpace(bytes[end - 1]!)) end -= 1;
    if (start === end) sink.passOver("empty", line);
    else readLine(sink, bytes, start, end, line);
  });
  const scanner = new LineScanner(joiner);
  return { push: (bytes) => scanner.push(bytes), end: () => scanner.end() };
}

const [SPACE, QUOTE, STAR, COMMA, HYPHEN, SLASH, BACKSLASH] = [32, 34, 42, 44, 45, 47, 92];

/**
 * Logs of nginx and Apache, "common", "combined" and formats derived from them. The key is the
 * method and the URL of the first quoted text that is a request, as in `"GET /a?b HTTP/1.1"`. A
 * line without a request is broken, for example because the client did not speak HTTP.
 *
 * https://nginx.org/en/docs/http/ngx_http_log_module.html (log_format combined),
 * https://httpd.apache.org/docs/2.4/logs.html#common
 */
export const readLogLine: ReadLine = (sink, bytes, start, end, line) => {
  for (let open = positionOf(QUOTE, bytes, start, end); open < end;) {
    const close = closingQuote(bytes, open + 1, end);
    const urlEnd = endOfUrl(bytes, open + 1, close);
    if (urlEnd !== 0) return sink.addBytes(bytes, open + 1, urlEnd);
    open = positionOf(QUOTE, bytes, close + 1, end);
  }
  sink.passOver("broken", line);
};

/** The first position of a byte; `end` if the byte is missing. */
function positionOf(byte: number, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at += 1;
  return at;
}

/** The last position of a byte; a number below `start` if the byte is missing. */
function lastPositionOf(byte: number, bytes: Uint8Array, start: number, end: number): number {
  let at = end - 1;
  while (at >= start && bytes[at] !== byte) at -= 1;
  return at;
}

/** Position of the quote that ends a text. Apache writes a quote inside of it as \". */
function closingQuote(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

/** End of the URL in a request such as `GET /a HTTP/1.1`; 0 if the text is not a request. */
function endOfUrl(bytes: Uint8Array, start: number, end: number): number {
  const method = positionOf(SPACE, bytes, start, end);
  if (method - start < 3 || method >= end - 1 || isSpace(bytes[method + 1]!)) return 0;
  for (let at = start; at < method; at += 1) if (!isInMethod(bytes[at]!)) return 0;
  const last = lastPositionOf(SPACE, bytes, method + 1, end);
  const protocol = textOf(bytes, last + 1, end);
  if (last > method && protocol.startsWith("HTTP/")) return last;
  // Requests of HTTP/0.9 do not name the protocol, and their target is a path.
  return bytes[method + 1] === SLASH ? end : 0;
}

function isInMethod(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || byte === HYPHEN;
}

/** Reading operations of the Twitter cache traces. */
const READS = ["get", "gets"];
const WRITES = ["set", "add", "replace", "cas", "append", "prepend", "delete", "incr", "decr"];

/**
 * Twitter cache traces: time, key, key size, value size, client, operation, time to live. A `get`
 * or `gets` is a request, as in the simulator of Caffeine. Writes are skipped: in the measured
 * cache a miss inserts its key, and the `set` after a miss would count as a hit.
 *
 * https://github.com/twitter/cache-trace/blob/master/README.md (Trace Format),
 * TwitterTraceReader.java of https://github.com/ben-manes/caffeine
 */
export const readTwitterLine: ReadLine = (sink, bytes, start, end, line) => {
  // Fields are counted from the end, because keys may have commas.
  const ttl = lastPositionOf(COMMA, bytes, start, end);
  const operation = lastPositionOf(COMMA, bytes, start, ttl);
  const client = lastPositionOf(COMMA, bytes, start, operation);
  const valueSize = lastPositionOf(COMMA, bytes, start, client);
  const keyEnd = lastPositionOf(COMMA, bytes, start, valueSize);
  const keyStart = positionOf(COMMA, bytes, start, end) + 1;
  if (keyStart >= keyEnd) return sink.passOver("broken", line);
  const name = textOf(bytes, operation + 1, ttl);
  if (READS.includes(name)) sink.addBytes(bytes, keyStart, keyEnd);
  else sink.passOver(WRITES.includes(name) ? "no read" : "broken", line);
};

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end && text.length < 8; at += 1)
    text += String.fromCharCode(bytes[at]!);
  return text;
}

/** A request reads at most this many blocks of 512 bytes. A larger number has another meaning. */
const MOST_BLOCKS = 2 ** 16;

/**
 * Traces of the authors of ARC: start block, number of blocks, a field to ignore, number of the
 * request. A line counts as one request for each of its blocks.
 *
 * ArcTraceReader.java of https://github.com/ben-manes/caffeine,
 * https://github.com/moka-rs/cache-trace (arc)
 */
export const readArcLine: ReadLine = (sink, bytes, start, end, line) => {
  const first = numberAt(bytes, start, end);
  const second = numberAt(bytes, first.next + 1, end);
  if (first.next === start || second.next === first.next + 1 || bytes[first.next] !== SPACE)
    return sink.passOver("broken", line);
  if (second.value === 0) return sink.passOver("empty", line);
  if (second.value > MOST_BLOCKS)
    throw new BadTrace(
      `line ${line} asks for ${countOf(second.value, "block")}`,
      `at most ${MOST_BLOCKS.toLocaleString("en")} in a line of an ARC trace, or another --format`,
    );
  if (first.value + second.value > Number.MAX_SAFE_INTEGER) return sink.passOver("broken", line);
  sink.addRange(first.value, second.value);
};

/** The decimal number at a position, and the position after it. */
function numberAt(bytes: Uint8Array, start: number, end: number): { value: number; next: number } {
  let [value, next] = [0, start];
  for (; next < end && bytes[next]! >= 48 && bytes[next]! <= 57; next += 1)
    value = 10 * value + bytes[next]! - 48;
  return { value, next };
}

/**
 * Traces of the authors of LIRS: one block number per line, and lines of `*` between parts.
 *
 * LirsTraceReader.java of https://github.com/ben-manes/caffeine
 */
export const readLirsLine: ReadLine = (sink, bytes, start, end, line) => {
  if (end === start + 1 && bytes[start] === STAR) return sink.passOver("a mark", line);
  const { next } = numberAt(bytes, start, end);
  if (next === end) sink.addBytes(bytes, start, end);
  else sink.passOver("broken", line);
};
