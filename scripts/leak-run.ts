import { parseArgs } from "node:util";
import { assertNoGrowth, Growth, LeakError } from "@heapwise/leaks";
import { LRUCache } from "@heapwise/lru";
import * as policies from "@heapwise/lru/policies";
import { BufferPool, ObjectPool } from "@heapwise/pool";
import { sizeOf } from "@heapwise/sizeof";
import { finalize, Interner, WeakCache, WeakKeyCache, weakMemoize } from "@heapwise/weak";
import { ConservationWalk } from "../packages/lru/test/removal/conservation.ts";
import { firstSteps, runWalk } from "../packages/pool/test/walks/walk.ts";

// Looks for leaks in our own packages: `npm run leak-run` takes an hour, `npm run leak-run --
// --minutes 5 --seed 7` less. Random walks over caches and pools come and go, and a few caches stay
// and are used all the time. No round of walks may leave objects behind, and no type of objects may
// grow over the whole run.

const STEPS = 150;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  },
});
const minutes = Number(values.minutes);
let seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError(
    `Cannot look for leaks: --minutes ${values.minutes} --seed ${values.seed}, expected numbers`,
  );
}

process.on("unhandledRejection", (error) => {
  throw error;
});

interface Thing {
  readonly id: number;
  readonly text: string;
}

// A walk replaces the clock of the machine by a fake one, and checks the timers on it. So the
// caches that stay have a clock of their own, without timers.
const clock = { now: performance.now.bind(performance) };
const caches = Object.values(policies).map(
  (policy) => new LRUCache<number, Thing>({ max: 500, policy: policy(), ttl: 50, clock }),
);
const bytes = new LRUCache<string, Thing>({ maxBytes: "200kb", idleTtl: 50, clock });
const weak = new WeakCache<number, Thing>({ strong: { max: 100 }, ttl: 1000, clock });
const keyed = new WeakKeyCache<Thing, Thing>({ max: 100 });
const interner = new Interner<number, Thing>();
const describe = weakMemoize((thing: Thing, times: number) => thing.text.repeat(times % 3), {
  max: 100,
});
const objects = new ObjectPool<{ id: number }>({ create: () => ({ id: 0 }), maxIdle: 50 });
const buffers = new BufferPool({ maxBytes: 1_000_000 });
let finalized = 0;

const ROUNDS_PER_MARK = 5;

const growth = new Growth();
const end = clock.now() + minutes * 60_000;
let rounds = 0;
let walks = 0;
try {
  // The first rounds compile code and fill the caches that stay.
  for (let i = 0; i < 20; i++) {
    await walk();
    use();
  }
  await mark("warm");
  do {
    await assertNoGrowth(walk);
    for (let i = 0; i < 20; i++) use();
    rounds++;
    console.log(`leak-run: ${rounds} rounds, ${walks} walks, ${finalized} finalizers, no growth`);
    if (rounds % ROUNDS_PER_MARK === 0) await mark(`${rounds} rounds`);
  } while (clock.now() < end);
} catch (error) {
  if (!(error instanceof LeakError)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
const { rows } = await growth.report();
for (const { type, counts } of rows.filter(({ verdict }) => verdict === "grows")) {
  console.log(`leak-run: ${type} grows: ${counts.join(", ")}`);
  process.exitCode = 1;
}
const marks = rows[0]?.counts.length ?? 0;
console.log(`leak-run: ${rows.length} types at ${marks} marks, seeds up to ${seed - 1}`);
console.log(`leak-run: ${process.exitCode === 1 ? "growth found" : "nothing grows"}`);
process.exit();

/**
 * Counts what is left when the caches that stay are empty. How many things a full cache holds
 * depends on how much time has passed, and would swing by hundreds from mark to mark.
 */
async function mark(label: string): Promise<void> {
  for (const cache of [...caches, bytes, weak, keyed]) cache.clear();
  await growth.mark(label);
}

/** Three walks, whose caches and pools end with them. */
async function walk(): Promise<void> {
  const found = [
    ...(await new ConservationWalk(seed).run(STEPS)).errors,
    ...(await runWalk({ walk: "free", pool: "resource", seed }, firstSteps(STEPS))).errors,
    ...(await runWalk({ walk: "free", pool: "keyed", seed }, firstSteps(STEPS))).errors,
  ];
  // Sweeps of the caches that stay may be begun on the fake clock of a walk.
  const failures = found.filter((failure) => !failure.startsWith("timers"));
  if (failures.length > 0) throw new Error(`Walk of seed ${seed} failed: ${failures.join("; ")}`);
  walks += 3;
  seed++;
}

/** Uses the caches and pools that stay. */
function use(): void {
  for (let i = 0; i < 2000; i++) {
    const thing: Thing = { id: (seed * 2000 + i * 7) % 100_003, text: `text ${i}` };
    for (const cache of caches) cache.set(thing.id % 2000, thing).get(i % 2000);
    bytes.set(`key ${thing.id}`, thing);
    weak.set(thing.id, thing);
    keyed.set(thing, thing);
    interner.intern(thing.id, () => thing);
    describe(thing, i);
    objects.use((object) => (object.id = i));
    if (i % 100 === 0) {
      buffers.acquire(1 + i).release();
      finalize(thing, countFinalized);
      sizeOf(thing);
    }
  }
}

/** Outside of `use`, whose closures share a scope that holds each thing. */
function countFinalized(): void {
  finalized++;
}
