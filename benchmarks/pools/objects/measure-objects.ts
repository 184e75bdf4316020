import { ObjectPool } from "@heapwise/pool";
import { create as createDeepool } from "deepool";
import reusify from "reusify";
import { timeRounds, type ArmTime, type TimedArm } from "../rounds.ts";
import type { replaceInRing, Source, useAtOnce } from "./ring-loop.ts";

/**
 * `temporary`: three numbers, used only at once. `small`: the same, alive for a while. `large`: an
 * array, a map, a typed array and an object.
 */
export type ObjectShape = "temporary" | "small" | "large";

export interface ObjectTask {
  readonly shape: ObjectShape;
  readonly seconds: number;
}

/** The arm that ratios are relative to: no pool. */
export const PLAIN_NEW = "new";

class Small {
  next: Small | null = null;
  x = 0;
  y = 0;
  z = 0;
}

class Large {
  next: Large | null = null;
  x = 0;
  list: number[] = [1, 2, 3, 4, 5, 6, 7, 8];
  map = new Map<string, number>([["a", 1]]);
  bytes = new Float64Array(32);
  inner = { a: 1, b: 2, c: 3 };
}

/** A stack that refuses objects that it already has, as pools of game engines do. */
class GuardedStack<T extends object> implements Source<T> {
  readonly #create: () => T;
  readonly #idle: T[] = [];
  readonly #isIdle = new WeakSet<T>();

  constructor(create: () => T) {
    this.#create = create;
  }

  acquire(): T {
    const object = this.#idle.pop();
    if (object === undefined) return this.#create();
    this.#isIdle.delete(object);
    return object;
  }

  release(object: T): void {
    if (this.#isIdle.has(object)) return;
    this.#isIdle.add(object);
    this.#idle.push(object);
  }
}

function sourcesOf<T extends Small | Large>(type: new () => T): Record<string, Source<T>> {
  const pool = new ObjectPool<T>({ create: () => new type() });
  const deep = createDeepool(() => new type());
  const nodes = reusify(type as never) as { get(): T; release(node: T): void };
  return {
    "heapwise pool": pool,
    reusify: { acquire: () => nodes.get(), release: (object) => nodes.release(object) },
    deepool: { acquire: () => deep.use() as T, release: (object) => deep.recycle(object) },
    "WeakSet guard": new GuardedStack(() => new type()),
    [PLAIN_NEW]: { acquire: () => new type(), release: () => undefined },
  };
}

/** Answers a task of the suite. */
export async function measureObjects({ shape, seconds }: ObjectTask): Promise<ArmTime[]> {
  const sources = sourcesOf<Small | Large>(shape === "large" ? Large : Small);
  const arms: TimedArm[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const module = (await import(`./ring-loop.js?arm=${arms.length}`)) as {
      replaceInRing: typeof replaceInRing;
      useAtOnce: typeof useAtOnce;
    };
    const loop = shape === "temporary" ? module.useAtOnce : module.replaceInRing;
    const run = loop(source, (object, i) => (object.x = i));
    arms.push({ name, run });
  }
  const count = shape === "large" ? 100_000 : 1_000_000;
  return timeRounds(arms, { count, seconds, baseline: PLAIN_NEW });
}
