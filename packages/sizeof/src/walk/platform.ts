import { of } from "./intrinsics.ts";

/** Bytes of objects that the platform keeps most of out of sight: in the heap, by slope on Node 20 and 24. */
export const PLATFORM: Readonly<Record<string, number>> = {
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

/** What a getter of a class of the platform tells of one of its objects; undefined for others. */
export function ask(name: "URL" | "Blob", key: string, value: object): unknown {
  const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[name]!;
  return of<unknown>(prototype, key)(value);
}
