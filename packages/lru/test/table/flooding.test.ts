import { LRUCache } from "@heapwise/lru";
import { SlotTable } from "@heapwise/lru/slots";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

type Key = string | number;

/**
 * The number that the table adds to `met` for a key of the same hash, besides the 1 for each key.
 */
const TWIN = 2 ** 16;

const { find } = SlotTable.prototype;
const mapMethods = Map.prototype;
const stringMethods = String.prototype;
const { get } = mapMethods;
let probes = 0;

// A probe is one read of memory: the start of the chain, each wrong key of the chain, and the Map.
beforeEach(() => {
  SlotTable.prototype.find = function (this: SlotTable<unknown, unknown>, key: unknown): number {
    const slot = find.call(this, key);
    const isInTable = this["met"] >= 0;
    if (slot === 0) probes += 1 + (isInTable ? this["met"] % TWIN : 0);
    return slot;
  };
  mapMethods.get = function (this: Map<unknown, unknown>, key: unknown): unknown {
    // Lessons have Maps too, whose keys are codes.
    if (typeof key === "string") probes++;
    return get.call(this, key);
  };
});

afterEach(() => {
  SlotTable.prototype.find = find;
  mapMethods.get = get;
});

interface Cost {
  /** Mean probes of an insertion. */
  readonly add: number;
  /** Mean probes of a search that finds nothing. */
  readonly miss: number;
}

/**
 * Lets other caches learn plans for keys of the same lengths that do not help with these keys, so
 * that no cache begins with a useful plan of an earlier cache.
 */
function teachOthers(keys: readonly Key[]): void {
  for (const length of new Set(keys.map((key) => String(key).length))) {
    const cache = new LRUCache<string, number>({ max: 40, seed: 1 });
    for (let i = 0; i < 40; i++) cache.set(digits(i, 2) + "q".repeat(Math.max(0, length - 2)), i);
  }
}

/** Half of the keys are added, then the other half is read. Means over several secrets. */
function measure(keys: readonly Key[], seeds: readonly number[]): Cost {
  const half = keys.length / 2;
  let add = 0;
  let miss = 0;
  for (const seed of seeds) {
    teachOthers(keys);
    const cache = new LRUCache<Key, undefined>({ max: half, seed });
    probes = 0;
    for (const key of keys.slice(0, half)) cache.set(key, undefined);
    expect(cache.size).toBe(half);
    add += probes;
    probes = 0;
    for (const key of keys.slice(half)) cache.get(key);
    expect(cache.stats().misses).toBe(half);
    miss += probes;
  }
  return { add: add / half / seeds.length, miss: miss / half / seeds.length };
}

const COUNT = 4096;
/**
 * The most characters, as a multiple of an honest insert: four for its hash, and a few for lessons.
 */
const LESSONS_COST = 25;
const numbered = (make: (i: number) => Key, count = COUNT): Key[] =>
  Array.from({ length: count }, (_, i) => make(i));
const digits = (i: number, length: number): string => String(i).padStart(length, "0");

/** Keys that a reader of the source would send, without the seed. */
const CRAFTED: Readonly<Record<string, readonly Key[]>> = {
  "strings of one length that end alike": numbered((i) => `${digits(i, 6)}-end`),
  "strings of one length with a long common end": numbered(
    (i) => `${digits(i, 6)}-and-a-long-common-end`,
  ),
  "long strings that end alike": numbered((i) => `${digits(i, 6)}${"x".repeat(200)}`),
  "long strings that differ in the middle only": numbered(
    (i) => `${"x".repeat(99)}${digits(i, 6)}${"x".repeat(99)}`,
  ),
  "long strings that differ in two places that are hardly ever read": numbered(
    (i) =>
      `${"x".repeat(31)}${String.fromCharCode(65 + (i % 64))}${"x".repeat(15)}${String.fromCharCode(65 + (i >> 6))}${"x".repeat(100)}`,
  ),
  "strings of 64 characters that differ in the middle only": numbered(
    (i) => `${"x".repeat(29)}${digits(i, 6)}${"x".repeat(29)}`,
  ),
  "wide characters that cancel out over eight bits": numbered((i) => {
    const [a, b] = [i & 0xff, i >> 8];
    return String.fromCharCode(a, 0x4000 + (b ^ a), 0x4100 ^ (b << 8), 0x4142 ^ b);
  }),
  "strings whose length makes up for their last character": numbered(
    (i) =>
      `${"y".repeat(1 + (i % 40))}${String.fromCharCode(0x4000 + Math.floor(i / 40))}abc${String.fromCharCode(120 - (i % 40))}`,
  ),
  "strings that differ in two of sixty places": numbered((i) => {
    const text = Array<string>(60).fill("a");
    for (const [nth, place] of [i, i / 60, i / 3600].entries()) {
      text[Math.floor(place) % 60] = "bcd"[nth]!;
    }
    return text.join("");
  }, 2 * COUNT)
    .filter((key, i, all) => all.indexOf(key) === i)
    .slice(0, COUNT),
  "strings that differ in three of 64 places": numbered((i) => {
    const text = Array<string>(64).fill("0");
    for (let bits = Math.imul(i, 0x9e3779b1), n = 0; n < 3; n++, bits >>>= 6) text[bits & 63] = "1";
    return text.join("") + "#".repeat(20);
  }, 2 * COUNT)
    .filter((key, i, all) => all.indexOf(key) === i)
    .slice(0, COUNT),
  "strings that differ in another place every 200 keys": numbered((i) => {
    const start = 3 * Math.floor(i / 200);
    return `${"x".repeat(start)}${digits(i, 4)}${"x".repeat(64 - start)}`;
  }),
  "strings that differ in another place every 24 keys": numbered((i) => {
    const start = Math.floor(i / 24) % 170;
    return `${"x".repeat(start)}${digits(i, 4)}${"x".repeat(170 - start)}`;
  }),
  "strings that teach four places, and then have the same there": numbered((i) =>
    i < 1024 ? `aa${digits(i, 4)}zzzzzzzzzzzz` : `aa0000${digits(i, 6)}zzzzzz`,
  ),
  "integers with the same lower bits": numbered((i) => i * 2 ** 18),
  "integers with the same lower bits, negative ones too": numbered(
    (i) => (i - COUNT / 2) * 2 ** 16,
  ),
  "integers in runs that are just short enough": numbered(
    (i) => (i % 256) + Math.floor(i / 256) * 2 ** 16,
  ),
  "integers in pairs of runs": numbered((i) => (i % 512) * 3 + Math.floor(i / 512) * 2 ** 20),
  "doubles that differ in their upper bits only": numbered(
    (i) => 2 ** (31 + (i % 900)) * (1 + Math.floor(i / 900) / 8),
  ),
  "doubles that differ in their lower bits only": numbered((i) => 1 + i * Number.EPSILON),
  "doubles and their negatives": numbered((i) => (i % 2 === 0 ? 1 : -1) * ((i >> 1) + 0.5)),
  "integers beyond 32 bits with the same lower half": numbered((i) => (i + 1) * 2 ** 32),
};

function honest(random: () => number): { readonly strings: Key[]; readonly integers: Key[] } {
  return {
    strings: numbered((i) => `user:${Math.floor(random() * 1e9)}:${i}`),
    integers: numbered((i) => i * 2 ** 19 + Math.floor(random() * 2 ** 19)),
  };
}

describe("Keys crafted against the hash", () => {
  const seeds = [1, 2, 3, 5, 8, 13].map((n) => n * 1_000_003 + 2 ** 40);

  it.each(Object.entries(CRAFTED))(
    "cost at most four times what honest keys cost: %s",
    (_title, keys) => {
      const usual = honest(randomStream(announceSeed()));
      const expected = measure(typeof keys[0] === "string" ? usual.strings : usual.integers, seeds);
      expect(new Set(keys).size).toBe(COUNT);

      const cost = measure(keys, seeds);

      expect(cost.add).toBeLessThanOrEqual(4 * expected.add);
      expect(cost.miss).toBeLessThanOrEqual(4 * expected.miss);
    },
  );

  /** Calls of `charCodeAt`. A mock would keep the arguments of all calls. */
  function countCharacters(run: () => void): number {
    const { charCodeAt } = stringMethods;
    let count = 0;
    stringMethods.charCodeAt = function (this: string, place: number): number {
      count++;
      return charCodeAt.call(this, place);
    };
    try {
      run();
    } finally {
      stringMethods.charCodeAt = charCodeAt;
    }
    return count;
  }

  /** Characters that are read for an insert, by hashes and by lessons. */
  function charactersRead(keys: readonly Key[]): number {
    teachOthers(keys);
    const cache = new LRUCache<Key, undefined>({ max: keys.length, seed: 5 });
    const read = countCharacters(() => {
      for (const key of keys) cache.set(key, undefined);
    });
    return read / keys.length;
  }

  it.each(Object.entries(CRAFTED).filter(([, [key]]) => typeof key === "string"))(
    "are no reason to learn again and again: %s",
    (_title, keys) => {
      const usual = charactersRead(honest(randomStream(announceSeed())).strings);

      expect(charactersRead(keys)).toBeLessThanOrEqual(LESSONS_COST * usual);
    },
  );

  it.each([2, 8, 32, 1000])(
    "are no reason to learn again and again in a full cache of %i, if they differ in other places all the time",
    (max) => {
      const random = randomStream(announceSeed());
      const width = max > 100 ? 4 : 3;
      const step = max > 100 ? max / 2 : Math.max(4, max);
      const moving = (i: number): string => {
        const start = (Math.floor(i / step) * width) % (56 - width);
        const number = digits(Math.floor(random() * 10 ** width), width);
        return "x".repeat(start) + number + "x".repeat(60 - start - width);
      };
      const cache = new LRUCache<string, number>({ max, seed: 3 });
      // Enough inserts that the lessons that are free at first are over.
      for (let i = 0; i < 4 * max + 2000; i++) cache.set(moving(i), i);

      const read = countCharacters(() => {
        for (let i = 0; i < 20_000; i++) cache.set(moving(4 * max + 2000 + i), i);
      });

      // Four characters for a hash, at most 16, and the same again for a lesson.
      expect(read / 20_000).toBeLessThan(2 * 16);
    },
  );

  const GROUPS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16];

  it.each(GROUPS)("cost as little in runs of %i integers, that stay below a threshold", (group) => {
    const usual = measure(honest(randomStream(announceSeed())).integers, seeds);
    const residues = Math.ceil(COUNT / 2 / group);

    // Runs of one bucket each, for every secret with which integers are combined.
    const cost = measure(
      numbered((i) => (i % residues) + Math.floor(i / residues) * 2 ** 16),
      seeds,
    );

    expect(cost.add).toBeLessThanOrEqual(4 * usual.add);
    expect(cost.miss).toBeLessThanOrEqual(4 * usual.miss);
  });

  it.each(GROUPS)("cost as little in groups of %i strings that end alike", (group) => {
    const usual = measure(honest(randomStream(announceSeed())).strings, seeds);
    const endings = Math.ceil(COUNT / 2 / group);

    const cost = measure(
      numbered((i) => `${digits(Math.floor(i / endings), 3)}:${digits(i % endings, 4)}`),
      seeds,
    );

    expect(cost.add).toBeLessThanOrEqual(4 * usual.add);
    expect(cost.miss).toBeLessThanOrEqual(4 * usual.miss);
  });

  it("cost as little when the table that kept them apart has shrunk", () => {
    const usual = measure(honest(randomStream(announceSeed())).integers, seeds);
    const [most, left] = [2 ** 15, 2 ** 10];
    // Few keys share their lower 16 bits, and many share their lower 12 bits.
    const crafted = numbered((i) => (i % 32) + Math.floor(i / 32) * 2 ** 13, 2 * left);
    const others = numbered(
      (i) => 2 ** 21 + 64 + (i % 8000) + Math.floor(i / 8000) * 2 ** 13,
      most - left,
    );
    let misses = 0;
    for (const seed of seeds) {
      const cache = new LRUCache<Key, undefined>({ max: most, seed });
      for (const key of [...others, ...crafted.slice(0, left)]) cache.set(key, undefined);
      cache.deleteMany(others);
      expect(cache.size).toBe(left);
      probes = 0;
      for (const key of crafted.slice(left)) cache.get(key);
      misses += probes;
    }

    expect(misses / left / seeds.length).toBeLessThanOrEqual(4 * usual.miss);
  });

  /** Calls of `Map.prototype.set` with a string while keys are added. */
  function stringsToMap(cache: LRUCache<Key, number>, keys: readonly Key[]): number {
    const toMap = vi.spyOn(Map.prototype, "set");
    for (const [i, key] of keys.entries()) cache.set(key, i);
    const count = toMap.mock.calls.filter(([key]) => typeof key === "string").length;
    toMap.mockRestore();
    expect(keys.map((key) => cache.get(key))).toEqual(keys.map((_key, i) => i));
    return count;
  }

  it("are not left to the Map if they are so long that V8 hashes them by their length alone", () => {
    // Few places differ, and other places in each key: no plan distinguishes these keys.
    const keys = numbered((i) => {
      const text = Array<string>(40).fill("0");
      for (const [nth, place] of [i, Math.floor(i / 40)].entries()) text[place % 40] = `${nth + 1}`;
      return text.join("") + "x".repeat(2 ** 14);
    }, 1600).filter((key, i, all) => all.indexOf(key) === i);
    const cache = new LRUCache<Key, number>({ max: keys.length, seed: 1 });
    expect(stringsToMap(cache, keys.slice(0, 800))).toBeGreaterThan(64);

    expect(stringsToMap(cache, keys.slice(800))).toBe(0);
  });

  it("are not left to the Map if they are integers to V8, whose hash is no secret on older Nodes", () => {
    const cache = new LRUCache<Key, number>({ max: 20_000, seed: 1 });
    // The table learns to read the first digits, and then other digits differ.
    stringsToMap(
      cache,
      numbered((i) => `${digits(i, 4)}000000`, 10_000),
    );

    const count = stringsToMap(
      cache,
      numbered((i) => `0000${digits((i + 1) * 7919, 6)}`, 120),
    );

    expect(count).toBeLessThanOrEqual(65);
  });

  it("are measured against honest keys that cost one or two probes", () => {
    const { strings, integers } = honest(randomStream(announceSeed()));
    for (const keys of [strings, integers]) {
      const { add, miss } = measure(keys, seeds);
      expect([add >= 1, add < 2.5, miss >= 1, miss < 2.5]).toEqual([true, true, true, true]);
    }
  });

  it("show in the count when nothing is done against them", () => {
    // A check of the measure: a table that always takes the lower bits reads thousands of keys.
    const chains = new Map<number, number>();
    let walks = 0;
    for (const key of CRAFTED["integers with the same lower bits"] as number[]) {
      const walked = chains.get(key & (COUNT - 1)) ?? 0;
      walks += walked;
      chains.set(key & (COUNT - 1), walked + 1);
    }
    expect(walks / COUNT).toBeGreaterThan(100);
  });
});
