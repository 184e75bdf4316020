/** Reads the content of a trace, chunk by chunk, into a `RequestSink`. Throws `BadTrace`. */
export interface TraceReader {
  push(bytes: Uint8Array): void | Promise<void>;
  /** Ends the content, which may be cut off inside a request. */
  end(): void | Promise<void>;
}
