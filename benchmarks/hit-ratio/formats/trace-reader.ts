/** Reads the content of a trace, chunk by chunk, into a `RequestSink`. Throws `BadTrace`. */
export interface TraceReader {
  push(bytes: Uint8Array): void | Promise<void>;
  /** Ends the content, which may end in the middle of something. */
  end(): void | Promise<void>;
}
