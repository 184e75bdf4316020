/** A built-in object has a kind, which the engine knows by the internal slots of the object. */
export type Kind = (typeof KINDS)[keyof typeof KINDS] | "native" | "platform";

/**
 * The kinds that have figures or code of their own, by the names of their constructors.
 *
 * `object` is an ordinary object. In addition there are `native`, an object of any other class of
 * the engine, and `platform`, an object of a class in `PLATFORM`.
 */
export const KINDS = {
  Map: "map",
  Set: "set",
  Date: "date",
  RegExp: "regexp",
  Error: "error",
  Promise: "promise",
  ArrayBuffer: "arrayBuffer",
  SharedArrayBuffer: "arrayBuffer",
  WeakRef: "weakRef",
  WeakMap: "weakMap",
  WeakSet: "weakMap",
  FinalizationRegistry: "finalizationRegistry",
  String: "wrapper",
  Number: "wrapper",
  Boolean: "wrapper",
  BigInt: "wrapper",
  Symbol: "wrapper",
  Object: "object",
} as const;

/**
 * Classes of the platform, most of whose memory is out of sight, with the bytes that one object
 * takes in the heap. By heap slope on Node 20 and 24.
 */
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
