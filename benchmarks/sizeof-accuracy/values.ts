import { Buffer } from "node:buffer";

/** A kind of value whose true size is measured. */
export interface ValueCase {
  /** Number of values that are made for each sample. */
  readonly count: number;
  /** Makes the value number `i`. */
  readonly make: (i: number) => unknown;
  /** Why no code in the engine can know the size. The case then counts in no score. */
  readonly hidden?: string;
}

const SLACK = "room for pushing";
const STORE = "a table after stores by computed key";
const ROPE = "a concatenation that was not read";
const SLICE = "a part of a larger text";
const CODE = "a closure";
const NATIVE = "memory outside JavaScript";

const times = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const pushed = <T>(length: number, make: (i: number) => T): T[] => {
  const array: T[] = [];
  for (let i = 0; i < length; i += 1) array.push(make(i));
  return array;
};
/** A flat text of one byte per character, different for each `i`. */
const text = (i: number, length: number): string => {
  const bytes = Buffer.alloc(length, 97);
  for (let at = 0, x = i + 1; at < length; at += 1) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = 97 + ((x >>> 24) % 26);
  }
  return bytes.toString("latin1");
};
const wide = (i: number, length: number): string => {
  const bytes = Buffer.alloc(2 * length);
  for (let at = 0; at < length; at += 1)
    bytes.writeUInt16LE(0x4e00 + ((i * 31 + at * 7) % 20_000), 2 * at);
  return bytes.toString("utf16le");
};
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Particle {
  id: number;
  name: string;
  at: Point;
  speed: number;
  isAlive = true;
  constructor(i: number) {
    this.id = i;
    this.name = text(i, 16);
    this.at = new Point(i, i + 1);
    this.speed = i + 0.5;
  }
}
class Tree {
  left: Tree | undefined;
  right: Tree | undefined;
  value: number;
  constructor(depth: number, value: number) {
    this.value = value;
    this.left = depth > 0 ? new Tree(depth - 1, value + 1) : undefined;
    this.right = depth > 0 ? new Tree(depth - 1, value + 2) : undefined;
  }
}
class Account {
  id: number;
  opened: number;
  constructor(i: number) {
    this.id = i;
    this.opened = i + 0.5;
  }
}
class Savings extends Account {
  owner: string;
  rates: number[];
  parent: unknown = null;
  constructor(i: number) {
    super(i);
    this.rates = [i, i + 1];
    this.owner = text(i, 14);
  }
}
class Sealed {
  #a: number;
  #b: number;
  constructor(i: number) {
    this.#a = i;
    this.#b = i;
  }
  get sum(): number {
    return this.#a + this.#b;
  }
}
class Counted extends Map<string, number> {
  hits = 0;
}

const user = (i: number) => ({
  id: `user-${i}`,
  name: `Ada Lovelace ${i}`,
  email: `ada${i}@example.com`,
  age: 36 + (i % 40),
  score: i + 0.25,
  isActive: i % 2 === 0,
  tags: [`tag-${i}`, `mark-${i}`, `note-${i}`],
  address: {
    street: `${i} Main St`,
    city: "London",
    zip: `N${i}`,
    geo: { lat: 51.5 + i / 1e6, lng: -0.12 - i / 1e6 },
  },
  created: `2024-01-01T00:00:${10 + (i % 50)}Z`,
});
const order = (i: number) => ({
  orderId: 1e9 + i,
  status: "shipped",
  total: i + 0.99,
  customer: { id: i, email: `customer-${i}@example.org`, vip: false },
  items: times(5, (j) => ({
    sku: `SKU-${i}-${j}`,
    quantity: j + 1,
    price: 9.99 + j,
    title: text(i + j, 40),
  })),
  notes: null,
});
const repo = (i: number) => ({
  data: {
    repository: {
      name: `repository-${i}`,
      stars: i,
      issues: {
        totalCount: 10,
        edges: times(10, (j) => ({
          cursor: text(i * 10 + j, 20),
          node: { number: j, title: text(i + j, 60), author: { login: `octocat${i}${j}` } },
        })),
      },
    },
  },
});
const csv = (i: number, rows: number, longest = 12): string => {
  const lines = times(
    rows,
    (j) =>
      `${1000 + i * rows + j},${text(i + j, longest)},${text(j, 8)},${(i + j) * 1.25},2024-01-${10 + (j % 20)}`,
  );
  return Buffer.from(lines.join("\n"), "latin1").toString("latin1");
};
const copyOf = (cell: string): string => Buffer.from(cell, "latin1").toString("latin1");

/** Values of programs, and values that only a test makes. */
export const VALUES: Readonly<Record<string, ValueCase>> = {
  "small integer": { count: 20_000, make: (i) => i },
  fraction: { count: 20_000, make: (i) => i + 0.5 },
  "large integer": { count: 20_000, make: (i) => 2 ** 40 + i },
  "bigint, 1 digit": { count: 20_000, make: (i) => BigInt(i + 1) },
  "bigint, 5 digits": { count: 20_000, make: (i) => 2n ** 280n + BigInt(i) },
  symbol: { count: 20_000, make: () => Symbol("description") },
  "text, 5 characters": { count: 20_000, make: (i) => text(i, 5) },
  "text, 24 characters": { count: 20_000, make: (i) => text(i, 24) },
  "text, 333 characters": { count: 5_000, make: (i) => text(i, 333) },
  "text, 20,000 characters": { count: 200, make: (i) => text(i, 20_000) },
  "wide text, 7 characters": { count: 20_000, make: (i) => wide(i, 7) },
  "wide text, 250 characters": { count: 5_000, make: (i) => wide(i, 250) },
  "Latin text with one emoji": { count: 5_000, make: (i) => parsed(`${text(i, 80)}\u{1F600}`) },
  "upper case": { count: 10_000, make: (i) => text(i, 30).toUpperCase() },
  "joined text": { count: 10_000, make: (i) => [text(i, 10), i, "tail"].join("/") },
  "replaced text": { count: 10_000, make: (i) => text(i, 40).replaceAll("a", "--"), hidden: ROPE },
  base64: { count: 5_000, make: (i) => Buffer.from(text(i, 90), "latin1").toString("base64") },
  "template of 3 parts": {
    count: 10_000,
    make: (i) => `user-${i}@example.com/some/path`,
    hidden: ROPE,
  },
  "text grown character by character": {
    count: 2_000,
    make: (i) =>
      pushed(40, (j) => String.fromCharCode(97 + ((i + j) % 26))).reduce((a, b) => a + b),
    hidden: ROPE,
  },
  "concatenation of two texts": {
    count: 5_000,
    make: (i) => text(i, 40) + text(i + 1, 60),
    hidden: ROPE,
  },
  "padded text": { count: 5_000, make: (i) => String(i).padStart(30, "0"), hidden: ROPE },
  "slice of 50 of a shared text": {
    count: 10_000,
    make: (
      (shared: string) => (i: number) =>
        shared.slice(i % 100, (i % 100) + 50)
    )(text(1, 10_000)),
    hidden: SLICE,
  },
  "slice of 12, which is a copy": {
    count: 10_000,
    make: (
      (shared: string) => (i: number) =>
        shared.slice(i % 100, (i % 100) + 12)
    )(text(1, 10_000)),
  },
  "{}": { count: 10_000, make: () => ({}) },
  "literal, 2 fields": { count: 10_000, make: (i) => ({ a: i, b: i }) },
  "literal, fraction and text": { count: 10_000, make: (i) => ({ a: i + 0.5, b: text(i, 20) }) },
  "literal, 12 fields": {
    count: 5_000,
    make: (i) => ({ a: i, b: i, c: i, d: i, e: i, f: i, g: i, h: i, i, j: i, k: i, l: i }),
  },
  "literal with nested literals": {
    count: 5_000,
    make: (i) => ({ a: { b: { c: i } }, d: [{ e: i }, { e: i + 0.5 }] }),
  },
  "spread literal": {
    count: 5_000,
    make: ((base: object) => (i: number) => ({ ...base, f: i }))({ a: 1, b: 2, c: 3, d: 4, e: 5 }),
    hidden: "room for fields to come",
  },
  "fields added to {}": {
    count: 5_000,
    make: (i) => Object.assign({}, { a: i, b: i, c: i, d: i, e: i, f: i }),
    hidden: "room for fields to come",
  },
  "from 30 entries": {
    count: 2_000,
    make: (i) => Object.fromEntries(times(30, (j) => [`field ${j}`, i])),
  },
  "30 keys stored one by one": {
    count: 1_000,
    make: (i) => {
      const o: Record<string, number> = {};
      for (let j = 0; j < 30; j += 1) o[`key ${j}`] = i;
      return o;
    },
    hidden: STORE,
  },
  "no prototype, 5 fields": {
    count: 5_000,
    make: (i) => Object.assign(Object.create(null) as object, { a: i, b: i, c: i, d: i, e: i }),
  },
  "no prototype, 60 fields": {
    count: 1_000,
    make: (i) =>
      Object.assign(
        Object.create(null) as object,
        Object.fromEntries(times(60, (j) => [`f${j}`, i])),
      ),
  },
  "a field deleted": {
    count: 5_000,
    make: (i) => {
      const o: { a?: number; b: number; c: number; d: number } = { a: i, b: i, c: i, d: i };
      delete o.a;
      return o;
    },
    hidden: "a table after a deletion",
  },
  "symbol key": {
    count: 5_000,
    make: ((key: symbol) => (i: number) => ({ a: i, [key]: text(i, 30) }))(Symbol("key")),
    hidden: "room for fields to come",
  },
  frozen: { count: 5_000, make: (i) => Object.freeze({ a: i, b: i, c: text(i, 9) }) },
  "getter in a literal": {
    count: 2_000,
    make: (i) => ({
      get a() {
        return i;
      },
    }),
    hidden: CODE,
  },
  "dictionary of 300 words": {
    count: 200,
    make: (i) => Object.fromEntries(times(300, (j) => [`word ${j}`, i])),
    hidden: STORE,
  },
  "JSON with 200 keys": {
    count: 200,
    make: (i) => parsed(Object.fromEntries(times(200, (j) => [`k${j}`, i]))),
  },
  "class, 2 fields": { count: 10_000, make: (i) => new Point(i, i) },
  "class with texts and classes": { count: 3_000, make: (i) => new Particle(i) },
  "class, private fields": { count: 5_000, make: (i) => new Sealed(i), hidden: "private fields" },
  "graph of classes, a tree of 31": { count: 500, make: (i) => new Tree(4, i) },
  "graph of classes, with cycles": {
    count: 500,
    make: (i) => {
      const all = times(20, (j) => ({
        particle: new Particle(i + j),
        next: undefined as unknown,
        all: undefined as unknown,
      }));
      all.forEach((node, j) => {
        node.next = all[(j + 1) % 20];
        node.all = all;
      });
      return all;
    },
  },
  "class, inherited fields": { count: 5_000, make: (i) => new Savings(i) },
  "no prototype, 20 stored keys": {
    count: 1_000,
    make: (i) => {
      const o = Object.create(null) as Record<string, number>;
      for (let j = 0; j < 20; j += 1) o[`key ${j}`] = i;
      return o;
    },
  },
  "frozen, nested": {
    count: 3_000,
    make: (i) => Object.freeze({ a: Object.freeze([i, i]), b: Object.freeze({ c: text(i, 15) }) }),
  },
  "[]": { count: 10_000, make: () => [] },
  "array of constants": { count: 10_000, make: () => [1, 2, 3], hidden: "elements of the program" },
  "arrays without elements": { count: 3_000, make: (i) => [[], [], [i]] },
  "array of 3": { count: 10_000, make: (i) => [i, i + 1, i + 2] },
  "array of 200 integers": { count: 1_000, make: (i) => times(200, (j) => i + j) },
  "array of 200 fractions": { count: 1_000, make: (i) => times(200, (j) => i + j + 0.5) },
  "fractions and a text": {
    count: 1_000,
    make: (i) => [text(i, 10), ...times(50, (j) => i + j + 0.5)],
    hidden: SLACK,
  },
  "array of 50 texts": { count: 500, make: (i) => times(50, (j) => text(i * 50 + j, 18)) },
  "array of 50 short texts": { count: 500, make: (i) => times(50, (j) => text(i * 50 + j, 6)) },
  "mapped and filtered": {
    count: 1_000,
    make: (i) => times(100, (j) => i + j).map((x) => ({ x })),
  },
  "pushed, 10": { count: 3_000, make: (i) => pushed(10, () => i), hidden: SLACK },
  "pushed, 1000": { count: 200, make: (i) => pushed(1_000, () => i), hidden: SLACK },
  "matrix of 20 by 20": {
    count: 200,
    make: (i) => times(20, (j) => times(20, (k) => i + j + k + 0.5)),
  },
  "sparse array": {
    count: 2_000,
    make: (i) => {
      const a: number[] = [];
      a[1e6 + i] = i;
      return a;
    },
  },
  "what a RegExp found": {
    count: 2_000,
    make: (i) => /(\d+)-(\d+)/.exec(copyOf(`${100 + (i % 900)}-${i + 1000}`)),
  },
  "Map, 3": { count: 2_000, make: (i) => new Map(times(3, (j) => [j, i])) },
  "Map, 40 texts": {
    count: 300,
    make: (i) => new Map(times(40, (j) => [text(i * 40 + j, 12), text(j, 30)])),
  },
  "Map, 2000": { count: 50, make: (i) => new Map(times(2_000, (j) => [j, i])) },
  "Maps of Maps": {
    count: 400,
    make: (i) =>
      new Map(times(6, (j) => [text(i + j, 8), new Map(times(6, (k) => [k, { i, k }]))])),
  },
  "Map of Sets": {
    count: 200,
    make: (i) => new Map(times(10, (j) => [j, new Set(times(7, (k) => i + k))])),
  },
  "Map with fields": {
    count: 1_000,
    make: (i) => new Counted([[text(i, 10), i]]),
    hidden: "room for fields to come",
  },
  "Map, keys that are objects": {
    count: 1_000,
    make: (i) => new Map(times(8, (j) => [{ j }, [i]])),
  },
  "Set, 30 texts": { count: 500, make: (i) => new Set(times(30, (j) => text(i * 30 + j, 15))) },
  "Map, mostly deleted": {
    count: 200,
    make: (i) => {
      const m = new Map(times(500, (j) => [j, i]));
      for (let j = 0; j < 450; j += 1) m.delete(j);
      return m;
    },
    hidden: "room after deletions",
  },
  Date: { count: 10_000, make: (i) => new Date(i * 1e9) },
  "record with a Date": {
    count: 3_000,
    make: (i) => ({ id: i, at: new Date(i * 1e9), name: text(i, 20) }),
  },
  RegExp: { count: 5_000, make: () => /ab+c/g, hidden: NATIVE },
  Error: { count: 2_000, make: (i) => new Error(text(i, 20)), hidden: NATIVE },
  Promise: { count: 5_000, make: (i) => Promise.resolve(i), hidden: NATIVE },
  function: { count: 5_000, make: (i) => () => i, hidden: CODE },
  "boxed text": { count: 5_000, make: (i) => Object(text(i, 20)) as unknown },
  URL: { count: 1_000, make: (i) => new URL(`https://example.com/path/${i}?q=1`), hidden: NATIVE },
  Headers: { count: 300, make: (i) => new Headers({ etag: text(i, 20) }), hidden: NATIVE },
  "ArrayBuffer, 500": { count: 1_000, make: () => new ArrayBuffer(500) },
  "Uint8Array, 0": { count: 2_000, make: () => new Uint8Array(0) },
  "Uint8Array, 20": { count: 2_000, make: () => new Uint8Array(20) },
  "Uint8Array, 3000": { count: 500, make: () => new Uint8Array(3_000) },
  "Float64Array, 50": { count: 1_000, make: () => new Float64Array(50) },
  "views on one buffer": {
    count: 500,
    make: () => {
      const b = new ArrayBuffer(2_000);
      return [new Uint8Array(b), new DataView(b), new Float32Array(b, 4, 10)];
    },
  },
  "Buffer, 5000": { count: 200, make: (i) => Buffer.alloc(5_000, i % 256) },
  "Buffer of a text of 200": {
    count: 1_000,
    make: (i) => Buffer.from(text(i, 200), "latin1"),
    hidden: "a part of a pool",
  },
  "JSON: user": { count: 2_000, make: (i) => parsed(user(i)) },
  "JSON: order": { count: 1_000, make: (i) => parsed(order(i)) },
  "JSON: 20 users": {
    count: 100,
    make: (i) => parsed({ page: i, total: 1e4, users: times(20, (j) => user(i * 20 + j)) }),
  },
  "JSON: answer of GraphQL": { count: 200, make: (i) => parsed(repo(i)) },
  "JSON: by id": {
    count: 200,
    make: (i) =>
      parsed(
        Object.fromEntries(times(50, (j) => [`user-${j}`, { id: j, n: i, s: text(i + j, 16) }])),
      ),
  },
  "JSON: nulls and nested arrays": {
    count: 3_000,
    make: (i) =>
      parsed({ id: i, a: null, b: [null, [1, 2, [i, null]], []], c: { d: {}, e: [{ f: null }] } }),
  },
  "JSON: columns": {
    count: 200,
    make: (i) =>
      parsed({
        id: times(40, (j) => i + j),
        price: times(40, (j) => i * j + 0.5),
        name: times(40, (j) => text(i * 40 + j, 11)),
      }),
  },
  "JSON: wide texts": {
    count: 1_000,
    make: (i) => parsed({ title: wide(i, 20), body: `${wide(i + 1, 80)} ${i}` }),
  },
  "JSON: numbers as keys": {
    count: 500,
    make: (i) => parsed(Object.fromEntries(times(10, (j) => [1000 + j * 17, { i }]))),
  },
  "JSON: 1000 keys": {
    count: 50,
    make: (i) => parsed(Object.fromEntries(times(1_000, (j) => [`k${j}`, i]))),
  },
  "JSON: points": {
    count: 200,
    make: (i) =>
      parsed({ type: "LineString", coordinates: times(40, (j) => [i + j + 0.125, j + 0.5]) }),
  },
  "literal: order": {
    count: 1_000,
    make: (i) => order(i),
    hidden: "texts of the program, and concatenations",
  },
  "CSV: rows of texts": {
    count: 100,
    make: (i) =>
      csv(i, 30)
        .split("\n")
        .map((line) => copyOf(line).split(",").map(copyOf)),
  },
  "CSV: split alone": {
    count: 100,
    make: (i) =>
      csv(i, 30)
        .split("\n")
        .map((line) => line.split(",")),
    hidden: SLICE,
  },
  "CSV: split alone, long cells": {
    count: 100,
    make: (i) =>
      csv(i, 30, 22)
        .split("\n")
        .map((line) => line.split(",")),
    hidden: SLICE,
  },
  "CSV: lines alone": { count: 100, make: (i) => csv(i, 30).split("\n"), hidden: SLICE },
  "CSV: rows of fields": {
    count: 100,
    make: (i) =>
      csv(i, 30)
        .split("\n")
        .map((line) => {
          const [id, name, kind, price, at] = line.split(",");
          return {
            id: Number(id),
            name: copyOf(name!),
            kind: copyOf(kind!),
            price: Number(price),
            at: copyOf(at!),
          };
        }),
  },
  "list with links both ways": {
    count: 500,
    make: (i) => {
      interface Link {
        readonly i: number;
        readonly before: Link | null;
        after: Link | null;
      }
      const first: Link = { i, before: null, after: null };
      let last = first;
      for (let j = 0; j < 10; j += 1) {
        const next: Link = { i: j, before: last, after: null };
        last.after = next;
        last = next;
      }
      return first;
    },
  },
  "linked list of 50": {
    count: 300,
    make: (i) => {
      let head: unknown = null;
      for (let j = 0; j < 50; j += 1) head = { value: i + j, next: head };
      return head;
    },
  },
  "one object 20 times": {
    count: 1_000,
    make: (i) => {
      const shared = { text: text(i, 100) };
      return times(20, () => shared);
    },
  },
};
