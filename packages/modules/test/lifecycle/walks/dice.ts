import { randomStream } from "@heapwise/testkit";

/** Random choices that depend on the seed only. */
export class Dice {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = randomStream(seed);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** An integer from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<E>(list: readonly E[]): E {
    return list[this.below(list.length)]!;
  }

  /** A random name, by weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return entries.at(-1)![0];
  }
}
