import { createRequire } from "node:module";
import { types } from "node:util";
import { serialize } from "node:v8";
import { measure, sizeOf } from "@heapwise/sizeof";
import objectSizeof from "object-sizeof";
import { answerTask } from "../fresh-process.ts";
import { spreadOf, type Spread } from "../statistics.ts";

/** The package has no types. */
const { sizeof } = createRequire(import.meta.url)("sizeof") as { sizeof(value: unknown): number };

export type Document =
  "100 entries" | "100 nested entries" | "10 MB of JSON" | "100 MB, limit 1 KB";

/** One value. All arms compute its size in turn. */
export interface SpeedTask {
  readonly document: Document;
  /** Time for the rounds. */
  readonly seconds: number;
}

/** Time of one arm. */
export interface ArmTime {
  readonly arm: string;
  /** Time for one size, in microseconds. */
  readonly microseconds: Spread;
  /** Time of each round, so that ratios can be taken in pairs. */
  readonly rounds: readonly number[];
}

export interface SpeedAnswer {
  /** Number of characters as JSON. */
  readonly characters: number;
  readonly arms: readonly ArmTime[];
  /**
   * Number of objects that were visited before the limit was passed, and number of all objects;
   * only with a limit.
   */
  readonly visited?: { readonly objects: number; readonly of: number; readonly bytes: number };
}

/** Its time grows with the square of the number of objects: minutes for the large document. */
const QUADRATIC = "sizeof";

const ARMS: Readonly<Record<string, (value: unknown) => number>> = {
  "heapwise sizeOf": (value) => sizeOf(value),
  "heapwise sizeOf, plain": (value) => sizeOf(value, { plain: true }),
  "heapwise measure": (value) => measure(value).bytes,
  "object-sizeof": (value) => objectSizeof(value as never),
  sizeof,
  "v8.serialize": (value) => serialize(value).length,
  "JSON.stringify": (value) => JSON.stringify(value).length,
  "descriptors alone": countByDescriptors,
  "reads alone": countByReads,
};

const ORDER = Object.keys(ARMS);

/**
 * The least work of a walk that runs no code of the value: it recognizes proxies, asks for the
 * descriptor of each property, and sizes nothing.
 */
function countByDescriptors(root: unknown): number {
  const stack = [root];
  let found = 0;
  for (;;) {
    const value = stack.pop();
    if (value === undefined) return found;
    found += 1;
    if (typeof value !== "object" || value === null || types.isProxy(value)) continue;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i += 1) {
        const element: unknown = Object.getOwnPropertyDescriptor(value, i)?.value;
        if (typeof element === "object") stack.push(element);
      }
    } else {
      for (const key in value) {
        const field: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
        if (typeof field === "object") stack.push(field);
      }
    }
  }
}

/** The same if getters may run: the least work of a walk that reads properties directly. */
function countByReads(root: unknown): number {
  const stack = [root];
  let found = 0;
  for (;;) {
    const value = stack.pop();
    if (value === undefined) return found;
    found += 1;
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (const element of value) if (typeof element === "object") stack.push(element);
    } else {
      for (const key in value) {
        const field = (value as Record<string, unknown>)[key];
        if (typeof field === "object") stack.push(field);
      }
    }
  }
}

const ROUNDS_AT_LEAST = 5;
const ROUND_MS = 4;

function user(i: number): object {
  return {
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
      geo: { lat: 51.5 + i / 1e6, lng: -i / 1e6 },
    },
    created: `2024-01-01T00:00:${10 + (i % 50)}Z`,
  };
}

function entries(make: (i: number) => object): object {
  return Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, make(i)]));
}

/** The value, made by JSON.parse as in programs. */
function createDocument(document: Document): { value: unknown; characters: number } {
  const make = {
    "100 entries": () => entries((i) => ({ id: i, name: `name ${i}`, price: i + 0.5 })),
    "100 nested entries": () => entries(user),
    "10 MB of JSON": () => Array.from({ length: 38_000 }, (_, i) => user(i)),
    "100 MB, limit 1 KB": () => ({ rows: Array.from({ length: 175_000 }, (_, i) => user(i)) }),
  }[document];
  const text = JSON.stringify(make());
  return { value: JSON.parse(text), characters: text.length };
}

/** Runs an arm often enough to be timed. Returns microseconds per size. */
function time(arm: (value: unknown) => number, value: unknown, repeat: number): number {
  const start = performance.now();
  let sum = 0;
  for (let i = 0; i < repeat; i += 1) sum += arm(value);
  const microseconds = (1_000 * (performance.now() - start)) / repeat;
  if (!(sum > 0)) throw new Error("Cannot measure speed: an arm found no bytes");
  return microseconds;
}

async function measureSpeed({ document, seconds }: SpeedTask): Promise<SpeedAnswer> {
  const { value, characters } = createDocument(document);
  const isLarge = characters > 1e6;
  if (document === "100 MB, limit 1 KB") return measureLimit(value, characters);
  const arms = Object.entries(ARMS)
    .filter(([arm]) => !(isLarge && arm === QUADRATIC))
    .map(([arm, run]) => ({ arm, run, repeat: 1, rounds: [] as number[] }));
  for (const entry of arms) {
    if (isLarge) continue;
    for (let i = 0; i < 300; i += 1) entry.run(value);
    entry.repeat = Math.max(1, Math.round((1_000 * ROUND_MS) / time(entry.run, value, 50)));
  }
  const end = performance.now() + 1_000 * seconds;
  for (let round = -1; round < ROUNDS_AT_LEAST || performance.now() < end; round += 1) {
    // Once per round, because V8 then shrinks the space of young objects. Each arm is first in
    // turn.
    if (isLarge) globalThis.gc!();
    arms.push(arms.shift()!);
    for (const entry of arms) {
      const microseconds = time(entry.run, value, entry.repeat);
      if (round >= 0) entry.rounds.push(microseconds);
    }
  }
  arms.sort((a, b) => ORDER.indexOf(a.arm) - ORDER.indexOf(b.arm));
  const times = arms.map(({ arm, rounds }) => ({ arm, rounds, microseconds: spreadOf(rounds) }));
  return { characters, arms: times };
}

function measureLimit(value: unknown, characters: number): SpeedAnswer {
  const { objects } = measure(value, { limit: 1_024 });
  const { objects: of, bytes } = measure(value);
  return { characters, arms: [], visited: { objects, of, bytes } };
}

answerTask(measureSpeed);
