/// <reference types="node" />
import { nodeModule } from "./node-modules.ts";

// Jest's environment for pages hides these globals of Node, and has a Uint8Array of its own.

/** The class that decodes UTF-8. */
export function textDecoderClass(): typeof TextDecoder {
  return globalThis.TextDecoder ?? nodeModule("node:util")?.TextDecoder;
}

/** The class that encodes UTF-8. */
export function textEncoderClass(): typeof TextEncoder {
  return globalThis.TextEncoder ?? nodeModule("node:util")?.TextEncoder;
}

/** The class that unpacks gzip, or undefined if the host has none. */
export function decompressionStreamClass(): typeof DecompressionStream | undefined {
  return globalThis.DecompressionStream ?? nodeModule("node:stream/web")?.DecompressionStream;
}

/** Whether a value is a Uint8Array, of this realm or of another one. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return (
    ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]"
  );
}
