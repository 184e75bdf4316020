import { adaptive, s3Fifo, sieve, wTinyLfu } from "@heapwise/lru/policies";
import { parsed, scatter, times, uuid, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

const record = (i: number): unknown => parsed({ id: i, name: words(i, 30), list: [i, i + 1] });
const HOUR = 3_600_000;

/**
 * Small entries, for which the cache's own records are the larger part, and caches with additional
 * records.
 */
export const BOOK_KINDS: readonly Kind[] = [
  { name: "numbers under numbers", keyOf: (i) => i, make: (i) => i + 1 },
  { name: "fractions under numbers", keyOf: (i) => i, make: (i) => i / 3 },
  { name: "flags under short texts", keyOf: (i) => `k${i}`, make: (i) => i % 2 === 0 },
  { name: "numbers under scattered numbers", keyOf: scatter, make: (i) => i },
  { name: "numbers under objects", keyOf: (i) => ({ i }), make: (i) => i },
  { name: "numbers under UUIDs", keyOf: (i) => uuid(i), make: (i) => i },
  { name: "one value under all keys", keyOf: (i) => i, make: () => true },
  { name: "numbers with ttl", options: { ttl: HOUR }, keyOf: (i) => i, make: (i) => i },
  {
    name: "numbers with a ttl each",
    keyOf: (i) => i,
    make: (i) => i,
    setOptions: (i) => ({ ttl: HOUR + (scatter(i) % HOUR) }),
  },
  { name: "numbers with idleTtl", options: { idleTtl: HOUR }, keyOf: (i) => i, make: (i) => i },
  {
    name: "numbers with a tag of many",
    keyOf: (i) => i,
    make: (i) => i,
    setOptions: (i) => ({ tags: [`group ${i % 100}`] }),
  },
  {
    name: "records with tags of their own",
    make: record,
    setOptions: (i) => ({ tags: [`user:${i}`, `team:${i % 50}`] }),
  },
  { name: "records, W-TinyLFU", options: { policy: wTinyLfu() }, make: record },
  { name: "records, S3-FIFO", options: { policy: s3Fifo() }, make: record },
  { name: "records, SIEVE", options: { policy: sieve() }, make: record },
  { name: "records, adaptive", options: { policy: adaptive() }, make: record },
  { name: "numbers, W-TinyLFU", options: { policy: wTinyLfu() }, keyOf: (i) => i, make: (i) => i },
  { name: "numbers, S3-FIFO", options: { policy: s3Fifo() }, keyOf: (i) => i, make: (i) => i },
  { name: "numbers, SIEVE", options: { policy: sieve() }, keyOf: (i) => i, make: (i) => i },
  { name: "numbers, adaptive", options: { policy: adaptive() }, keyOf: (i) => i, make: (i) => i },
  {
    name: "records, W-TinyLFU with ttl and tags",
    options: { policy: wTinyLfu(), ttl: HOUR },
    make: (i) => times(3, (j) => record(3 * i + j)),
    setOptions: (i) => ({ tags: [`group ${i % 10}`] }),
  },
];
