import { randomStream } from "../random-stream.ts";
import { describeCases, type ContractCase } from "./case.ts";
import { PolicyHarness, type CreatePolicy } from "./policy-harness.ts";

/** A policy under test. `seed` is the seed of the random cases. */
export interface PolicySubject {
  readonly create: CreatePolicy;
  readonly seed?: number;
}

/** Registers the contract of a policy as a suite. Each policy passes all of it. */
export function describePolicy(title: string, subject: PolicySubject): void {
  describeCases(title, policyCases, subject);
}

/** Makes the bounds of a random run. Entries have weights if there is a `maxWeight`. */
type MakeBounds = (most: number) => { max?: number; maxWeight?: number };

const BOUNDS: Readonly<Record<string, MakeBounds>> = {
  "in entries": (most) => ({ max: most }),
  "in weight": (most) => ({ maxWeight: most }),
  "in both, with a wide weight": (most) => ({ max: Math.ceil(most / 4), maxWeight: most }),
  "in both, with a narrow weight": (most) => ({ max: most, maxWeight: Math.ceil(most / 2) }),
};

/** The demands on each policy. */
export const policyCases: readonly ContractCase<PolicySubject>[] = [
  {
    name: "evicts each tracked slot exactly once",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 100 });
      for (let hash = 0; hash < 50; hash++) harness.insert(mixHash(hash));

      for (let i = 0; i < 50; i++) harness.evict();

      equal("victims", new Set(harness.victims).size, 50);
      harness.checkWalks();
    },
  },
  {
    name: "evicts the only entry, even with a bound of one",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 1 });
      for (let hash = 0; hash < 20; hash++) {
        harness.insert(mixHash(hash));
        equal("tracked", harness.tracked.size, 1);
        harness.checkWalks();
      }
      harness.evict();
      harness.checkWalks();
    },
  },
  {
    name: "never evicts a removed slot, and accepts its number again",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 10 });
      const slots = Array.from({ length: 10 }, (_, hash) => harness.insert(mixHash(hash)));
      for (const slot of slots.filter((_, i) => i % 2 === 0)) harness.remove(slot);
      harness.checkWalks();

      for (let hash = 10; hash < 15; hash++) harness.insert(mixHash(hash));
      while (harness.tracked.size > 0) harness.evict();

      equal("victims", harness.victims.length, 10);
    },
  },
  {
    name: "finds a victim after each entry was read, replaced or only added",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 64 });
      for (let hash = 0; hash < 64; hash++) harness.insert(mixHash(hash));
      for (let round = 0; round < 5; round++) {
        for (const slot of harness.tracked.keys()) harness.access(slot);
        for (const slot of harness.tracked.keys()) harness.update(slot, 1);
      }

      for (let i = 0; i < 64; i++) harness.evict();

      equal("tracked", harness.tracked.size, 0);
    },
  },
  {
    name: "works again after clear",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 8 });
      for (let hash = 0; hash < 20; hash++) harness.insert(mixHash(hash));

      harness.clear();

      harness.checkWalks();
      for (let hash = 0; hash < 20; hash++) harness.insert(mixHash(hash));
      harness.checkWalks();
      equal("tracked", harness.tracked.size, 8);
    },
  },
  {
    name: "distinguishes keys with the same hash by their slots",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 8 });
      for (let i = 0; i < 100; i++) harness.insert(7);
      harness.checkWalks();
      equal("tracked", harness.tracked.size, 8);
    },
  },
  {
    name: "accepts any 32-bit hash",
    run({ create }) {
      const hashes = [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 0x55555555, -0x55555556];
      const harness = new PolicyHarness(create, { max: 5 });
      for (let i = 0; i < 70; i++) harness.insert(hashes[i % hashes.length] as number);
      harness.checkWalks();
      equal("tracked", harness.tracked.size, 5);
    },
  },
  {
    name: "evicts the same entries with the same seed",
    run({ create, seed = 1 }) {
      const [first, second] = [1, 2].map(() =>
        play(create, seed, 20, BOUNDS["in entries"] as MakeBounds),
      );
      equal("victims", first?.victims.join(), second?.victims.join());
    },
  },
  {
    name: "accepts entries of weight 0 and of the whole bound",
    run({ create }) {
      const harness = new PolicyHarness(create, { maxWeight: 10 });
      for (let i = 0; i < 60; i++) {
        harness.insert(mixHash(i), [0, 10, 1, 0, 9][i % 5]);
        harness.checkWalks();
      }
      while (harness.tracked.size > 0) harness.evict();
    },
  },
  {
    name: "counts the new weight of a replaced entry",
    run({ create }) {
      const harness = new PolicyHarness(create, { maxWeight: 100 });
      const slots = Array.from({ length: 10 }, (_, i) => harness.insert(mixHash(i), 10));
      for (const [i, slot] of slots.entries()) {
        if (harness.tracked.has(slot)) harness.update(slot, (i * 37) % 60);
        harness.checkWalks();
      }
      while (harness.tracked.size > 0) harness.evict();
    },
  },
  {
    name: "keeps a bound that shrinks and grows",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 100 });
      for (let hash = 0; hash < 150; hash++) harness.insert(mixHash(hash));
      for (const max of [7, 1, 50, 3, 200]) {
        harness.resize({ max });
        harness.checkWalks();
        for (let hash = 0; hash < 300; hash++) harness.insert(mixHash(hash));
        equal("tracked", harness.tracked.size, max);
        harness.checkWalks();
      }
    },
  },
  {
    name: "evicts many entries at once in a number of steps that is linear",
    run({ create }) {
      const steps = [1000, 4000].map((count) => {
        const harness = new PolicyHarness(create, { max: count });
        for (let hash = 0; hash < count; hash++) harness.insert(mixHash(hash));
        harness.reads = 0;
        harness.resize({ max: 10 });
        return harness.reads / count;
      }) as [number, number];
      if (steps[1] > 2 * steps[0] + 10) {
        throw new Error(`${steps[0]} steps an entry for 1000, ${steps[1]} for 4000`);
      }
    },
  },
  {
    name: "follows entries that move to other slots, and a store that shrinks",
    run({ create }) {
      const harness = new PolicyHarness(create, { max: 100 });
      // The oldest entries get the highest slots, so that the newest entries do not move.
      const early = Array.from({ length: 50 }, (_, hash) => harness.insert(mixHash(hash)));
      for (let hash = 50; hash < 100; hash++) harness.insert(mixHash(hash));
      for (const slot of early) harness.remove(slot);
      for (let hash = 100; hash < 150; hash++) harness.insert(mixHash(hash));
      const order = harness.order();
      for (const [i, slot] of order.entries()) if (i % 10 !== 0) harness.remove(slot);
      const rest = harness.order().map((slot) => harness.hashOf(slot));

      harness.shrink();

      harness.checkWalks();
      equal(
        "order",
        harness
          .order()
          .map((slot) => harness.hashOf(slot))
          .join(),
        rest.join(),
      );
      for (let hash = 0; hash < 200; hash++) harness.insert(mixHash(hash));
      harness.checkWalks();
      equal("tracked", harness.tracked.size, 100);
    },
  },
  {
    name: "works with a bound of Infinity, if only the caller evicts",
    run({ create }) {
      const harness = new PolicyHarness(create, {});
      for (let hash = 0; hash < 200; hash++) harness.insert(mixHash(hash));
      equal("tracked", harness.tracked.size, 200);
      while (harness.tracked.size > 0) harness.evict();
      harness.checkWalks();
    },
  },
  ...Object.entries(BOUNDS).map(([title, bounds]): ContractCase<PolicySubject> => ({
    name: `keeps the contract in random runs bounded ${title}`,
    run({ create, seed = 1 }) {
      for (const most of [1, 2, 3, 10, 40]) {
        for (let round = 0; round < 8; round++) play(create, seed * 1000 + round, most, bounds);
      }
    },
  })),
];

/** Does 400 random operations, and checks both walks after each. */
function play(
  create: CreatePolicy,
  seed: number,
  start: number,
  bounds: MakeBounds,
): PolicyHarness {
  const harness = new PolicyHarness(create, { ...bounds(start), seed });
  const isWeighed = bounds(start).maxWeight !== undefined;
  const random = randomStream(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  let most = start;
  const weigh = (): number => {
    if (!isWeighed) return 1;
    return pick(5) === 0 ? 0 : Math.min(pick(12), bounds(most).maxWeight as number);
  };
  for (let i = 0; i < 400; i++) {
    const slots = [...harness.tracked.keys()];
    const slot = slots[pick(slots.length)];
    const choice = pick(100);
    if (choice < 45 || slot === undefined)
      harness.insert(mixHash(Math.floor(random() ** 2 * 40)), weigh());
    else if (choice < 70) harness.access(slot);
    else if (choice < 80) harness.update(slot, weigh());
    else if (choice < 90) harness.remove(slot);
    else if (choice < 95) harness.evict();
    else if (choice < 97) harness.shrink();
    else if (choice < 99) harness.resize(bounds((most = 1 + pick(30))));
    else harness.clear();
    harness.checkWalks();
  }
  return harness;
}

/** Spreads small integers over 32 bits, as the hash of the key index does. */
function mixHash(n: number): number {
  const mixed = Math.imul(n + 1, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function equal(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected)
    throw new Error(`${what}: ${String(actual)}, expected ${String(expected)}`);
}
