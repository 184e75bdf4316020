import { Buffer } from "node:buffer";
import { parse } from "node:querystring";
import { email, parsed, scatter, times, url, uuid, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

type Table = Record<string, unknown>;

/** A table as in JSON, with keys that no other table has. */
const table = (
  i: number,
  length: number,
  keyOf: (n: number) => string,
  valueOf: (n: number) => unknown = (n) => n % 1000,
): unknown =>
  parsed(
    Object.fromEntries(times(length, (j) => [keyOf(length * i + j), valueOf(length * i + j)])),
  );

function stored(into: Table, i: number, length: number, keyOf: (n: number) => string): Table {
  for (let j = 0; j < length; j += 1) into[keyOf(length * i + j)] = j;
  return into;
}

const longKey = (n: number): string => `${n}/${words(n, 190)}`.padEnd(200, "x");

/** Tables in objects, whose keys are data. */
export const DICTIONARY_KINDS: readonly Kind[] = [
  { name: "dictionary: 200 URLs", make: (i) => table(i, 200, url) },
  {
    name: "dictionary: 40 UUIDs to records",
    make: (i) => table(i, 40, uuid, (n) => ({ id: n, name: words(n, 20), price: n / 8 })),
  },
  { name: "dictionary: 30 e-mail addresses", make: (i) => table(i, 30, email) },
  { name: "dictionary: 20 keys of 200 characters", make: (i) => table(i, 20, longKey) },
  { name: "dictionary: 200 keys of 200 characters", make: (i) => table(i, 200, longKey) },
  { name: "dictionary: 3 long keys", make: (i) => table(i, 3, longKey) },
  { name: "dictionary: 1 URL", make: (i) => table(i, 1, url) },
  { name: "dictionary: 8 UUIDs", make: (i) => table(i, 8, uuid) },
  { name: "dictionary: 50 short words of its own", make: (i) => table(i, 50, (n) => `w${n}`) },
  {
    name: "dictionary: list of records with keys of their own",
    make: (i) => times(20, (j) => table(20 * i + j, 4, (n) => `field ${uuid(n)}`)),
  },
  {
    name: "dictionary: numbers",
    make: (i) =>
      table(
        i,
        60,
        (n) => String(scatter(n) % 1e9),
        (n) => words(n, 18),
      ),
  },
  {
    name: "dictionary: the same 300 URLs in all",
    make: (i) => parsed(Object.fromEntries(times(300, (j) => [url(j), i + j]))),
  },
  {
    name: "dictionary: stores by key, 100 URLs",
    make: (i) => stored({}, i, 100, url),
  },
  {
    name: "dictionary: grouped by key",
    make: (i) => {
      const groups: Record<string, object[]> = {};
      for (let j = 0; j < 100; j += 1) (groups[email(25 * i + (j % 25))] ??= []).push({ i, j });
      return groups;
    },
  },
  {
    name: "no prototype: 40 URLs",
    make: (i) => stored(Object.create(null) as Table, i, 40, url),
  },
  {
    name: "no prototype: 10 words",
    make: (i) => stored(Object.create(null) as Table, i, 10, (n) => `word ${n % 10}`),
  },
  {
    name: "no prototype: 5 long keys",
    make: (i) => stored(Object.create(null) as Table, i, 5, longKey),
  },
  {
    name: "no prototype: query texts",
    make: (i) => parse(`q=${uuid(i)}&page=${i}&sort=price&tag=a&tag=b&session=${uuid(i + 1)}`),
  },
  {
    name: "headers of a request",
    make: (i) => {
      const lines = [
        `host: ${i}.example.org`,
        `etag: "${uuid(i)}"`,
        `x-request-id: ${uuid(i + 1)}`,
      ];
      const more = times(9, (j) => `x-field-${j}: ${words(i + j, 30)}`);
      const text = Buffer.from([...lines, ...more].join("\r\n")).toString("latin1");
      // As an HTTP parser does it: each value is a text of its own.
      return Object.fromEntries(
        text.split("\r\n").map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), Buffer.from(line.slice(colon + 2)).toString("latin1")];
        }),
      );
    },
  },
  {
    name: "counts by word",
    make: (i) => {
      const counts: Record<string, number> = {};
      for (const word of words(i, 1_400).split(" ")) counts[word] = (counts[word] ?? 0) + 1;
      return counts;
    },
  },
];
