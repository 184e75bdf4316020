/** What an object is by its internal slots; `object` for an ordinary one. */
export type Kind =
  | "object"
  | "map"
  | "set"
  | "date"
  | "regexp"
  | "error"
  | "promise"
  | "weakRef"
  | "weakMap"
  | "finalizationRegistry"
  | "arrayBuffer"
  | "wrapper"
  | "native"
  | "platform";

/** Kinds by the constructors of this realm. */
export const KINDS: Readonly<Record<string, Kind>> = {
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
};

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
