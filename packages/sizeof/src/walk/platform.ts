/** Bytes of objects that the platform keeps most of out of sight: in the heap, by slope on Node 20 and 24. */
const BYTES: Readonly<Record<string, number>> = {
  URL: 232,
  URLSearchParams: 264,
  Headers: 344,
  Blob: 240,
  File: 300,
  FormData: 200,
  Request: 1600,
  Response: 1200,
  AbortSignal: 200,
  TextEncoder: 100,
  TextDecoder: 200,
  ReadableStream: 600,
};

/** What is known of an object of the platform. */
export interface PlatformBytes {
  readonly heap: number;
  readonly external: number;
  /** A text that it holds. */
  readonly text: string;
}

/** An estimate for an object of the platform; undefined for others. Asks only the platform's own getters. */
export function platformBytes(value: object, proto: object): PlatformBytes | undefined {
  const made: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
  if (typeof made !== "function") return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
  if (typeof name !== "string" || !Object.hasOwn(BYTES, name)) return undefined;
  // Some are made by the runtime when they are first asked for: only where such a value seems to be there.
  if ((globalThis as Record<string, unknown>)[name] !== made) return undefined;
  const get = (key: string): unknown => {
    const owner = name === "File" ? (Object.getPrototypeOf(proto) as object) : proto;
    const { get: read } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
    try {
      return read && Reflect.apply(read, value, []);
    } catch {
      return undefined;
    }
  };
  const text = name === "URL" ? get("href") : undefined;
  const size = name === "Blob" || name === "File" ? get("size") : undefined;
  return {
    heap: BYTES[name]!,
    external: typeof size === "number" ? size : 0,
    text: typeof text === "string" ? text : "",
  };
}
