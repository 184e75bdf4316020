import { Buffer } from "node:buffer";

/** Key and value number `i` of a kind. */
export type MakeEntry = (i: number) => readonly [key: string, value: unknown];

const times = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Words that differ for each `i`, flat in memory. */
function words(i: number, length: number): string {
  const bytes = Buffer.alloc(length, 32);
  for (let at = 0, x = i + 1; at < length; at += 1) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    if (at % 7 !== 6) bytes[at] = 97 + ((x >>> 24) % 26);
  }
  return bytes.toString("latin1");
}

const user = (i: number) => ({
  id: `user-${i}`,
  name: `Ada Lovelace ${i}`,
  email: `ada${i}@example.com`,
  age: 36 + (i % 40),
  score: i + 0.25,
  isActive: i % 2 === 0,
  roles: ["reader", `editor of ${i}`],
  address: {
    street: `${i} Main Street`,
    city: "London",
    geo: { lat: 51.5 + i / 1e6, lng: -i / 1e6 },
  },
});

class Vector {
  x: number;
  y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Session {
  id: string;
  startedAt: Date;
  position: Vector;
  trail: Vector[];
  previous: Session | undefined;
  constructor(i: number) {
    this.id = words(i, 24);
    this.startedAt = new Date(i * 1e6);
    this.position = new Vector(i, i + 0.5);
    this.trail = times(5, (j) => new Vector(i + j, j));
    this.previous = undefined;
  }
}

/** A page from which fragments are cut; each page is new after 50 of them. */
let page = "";

const KINDS: Readonly<Record<string, MakeEntry>> = {
  "API record": (i) => [`user:${i}`, parsed(user(i))],
  "API list": (i) => [
    `/users?page=${i}`,
    parsed({ page: i, users: times(20, (j) => user(20 * i + j)) }),
  ],
  "HTML fragments": (i) => {
    if (i % 50 === 0) page = words(i, 100_000);
    return [`fragment:${i}`, page.slice((i % 50) * 2_000, (i % 50) * 2_000 + 600)];
  },
  "HTML pages": (i) => [`/page/${i}`, words(i, 20_000)],
  Buffers: (i) => [`file:${i}`, Buffer.alloc(3_000 + (i % 3_000), i % 256)],
  "small Buffers": (i) => [`token:${i}`, Buffer.from(words(i, 200), "latin1")],
  "typed arrays": (i) => [`embedding:${i}`, new Float32Array(384).fill(i)],
  "class instances": (i) => [`session:${i}`, new Session(i)],
  "long keys, small values": (i) => [words(i, 180), i],
  "Maps and Sets": (i) => [
    `index:${i}`,
    new Map(times(12, (j) => [words(i + j, 10), new Set([i, j, i + j])])),
  ],
  "parsed CSV": (i) => [
    `table:${i}`,
    times(20, (j) => ({ id: 1000 * i + j, name: words(i + j, 14), price: i + j / 8 })),
  ],
  mixed: (i) => MIXED[i % MIXED.length]!(i),
};

const MIXED = [
  "API record",
  "HTML fragments",
  "Buffers",
  "class instances",
  "typed arrays",
  "parsed CSV",
].map((kind) => KINDS[kind]!);

/** Names of the kinds of entries. */
export const ENTRY_KINDS: readonly string[] = Object.keys(KINDS);

/** Makes entries of a kind. */
export function entriesOf(kind: string): MakeEntry {
  const make = KINDS[kind];
  if (make === undefined)
    throw new RangeError(`Cannot make entries: "${kind}", expected ${ENTRY_KINDS.join(", ")}`);
  return make;
}
