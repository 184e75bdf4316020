import { BadTrace } from "./bad-trace.ts";
import type { RequestSink } from "./request-sink.ts";
import type { TraceReader } from "./trace-reader.ts";

/** A reader of records of one size. Chunks may cut a record. */
function createRecordReader(
  size: number,
  readRecord: (bytes: DataView, at: number) => void,
  wanted: string,
): TraceReader {
  let rest = Buffer.alloc(0);
  let total = 0;
  return {
    push(chunk) {
      total += chunk.length;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const end = bytes.length - (bytes.length % size);
      for (let at = 0; at < end; at += size) readRecord(view, at);
      rest = Buffer.from(bytes.subarray(end));
    },
    end() {
      if (rest.length > 0) throw new BadTrace(`${total} bytes`, wanted);
    },
  };
}

/** Little-endian numbers of 32 bits. */
export function createU32Reader(sink: RequestSink): TraceReader {
  return createRecordReader(
    4,
    (bytes, at) => sink.addId(bytes.getUint32(at, true)),
    "little-endian 32-bit numbers, a multiple of 4 bytes",
  );
}

/**
 * Binary traces of libCacheSim, 24 bytes per request: time (32 bits), object (64), size (32), and
 * the position of the next request for the object (64, signed).
 *
 * oracleGeneralBin.h of https://github.com/1a1a11a/libCacheSim
 * (traceReader/customizedReader/oracle)
 */
export function createOracleReader(sink: RequestSink): TraceReader {
  return createRecordReader(
    ORACLE_BYTES,
    (bytes, at) => sink.addNumber(bytes.getUint32(at + 4, true), bytes.getUint32(at + 8, true)),
    "oracleGeneral records, a multiple of 24 bytes",
  );
}

const ORACLE_BYTES = 24;

/**
 * Whether a sample looks like an oracleGeneral trace: times do not decrease, and the next use of an
 * object is later, or missing (-1, or the greatest number).
 */
export function looksLikeOracle(sample: Buffer): boolean {
  const records = Math.floor(sample.length / ORACLE_BYTES);
  let time = 0;
  for (let index = 0; index < records; index += 1) {
    const at = ORACLE_BYTES * index;
    const next = sample.readBigInt64LE(at + 16);
    const isNever = next < 0n ? next >= -2n : next === 2n ** 63n - 1n;
    // Positions count from 0 or from 1.
    if (!isNever && (next < BigInt(index) || next > 2n ** 40n)) return false;
    if (sample.readUInt32LE(at) < time) return false;
    time = sample.readUInt32LE(at);
  }
  return records > 0;
}

/** Whether the numbers of a sample (32 bits) are numbered by first appearance. */
export function isNumbered(sample: Buffer): boolean {
  let next = 0;
  for (let at = 0; at + 4 <= sample.length; at += 4) {
    const number = sample.readUInt32LE(at);
    if (number > next) return false;
    if (number === next) next += 1;
  }
  return next > 0;
}

/** Whether the numbers of a sample (32 bits) are small, and not all different. */
export function looksLikeU32(sample: Buffer): boolean {
  const seen = new Set<number>();
  const count = Math.floor(sample.length / 4);
  for (let index = 0; index < count; index += 1) {
    const number = sample.readUInt32LE(4 * index);
    if (number >= 2 ** 24) return false;
    seen.add(number);
  }
  return seen.size < count;
}
