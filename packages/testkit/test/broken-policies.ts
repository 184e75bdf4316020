import type { CreatePolicy, PolicyShape } from "../src/vitest.ts";

/** First in, first out over an array: the simplest policy that keeps the contract. */
export class FifoPolicy implements PolicyShape {
  protected queue: number[] = [];

  add(slot: number): void {
    this.queue.push(slot);
  }
  access(_slot: number): void {}
  update(_slot: number, _oldWeight: number): void {}
  remove(slot: number): void {
    this.queue = this.queue.filter((other) => other !== slot);
  }
  evict(spared: number): number {
    const at = this.queue.findIndex((slot) => slot !== spared);
    return this.queue.splice(at, 1)[0] as number;
  }
  move(from: number, to: number): void {
    this.queue[this.queue.indexOf(from)] = to;
  }
  clear(): void {
    this.queue = [];
  }
  grow(_length: number): void {}
  resize(): void {}
  colder(slot: number): number {
    return (slot === 0 ? this.queue.at(-1) : this.queue[this.queue.indexOf(slot) - 1]) ?? 0;
  }
  hotter(slot: number): number {
    return (slot === 0 ? this.queue[0] : this.queue[this.queue.indexOf(slot) + 1]) ?? 0;
  }
}

/** Policies with one defect each. The contract must catch all of them. */
export const BROKEN_POLICIES: Readonly<Record<string, CreatePolicy>> = {
  "keeps a victim in its queue": () =>
    new (class extends FifoPolicy {
      override evict(): number {
        return this.queue[0] as number;
      }
    })(),
  "evicts a removed slot": () =>
    new (class extends FifoPolicy {
      override remove(_slot: number): void {}
    })(),
  "remembers entries after clear": () =>
    new (class extends FifoPolicy {
      override clear(): void {}
    })(),
  "has no victim if all entries were read": () =>
    new (class extends FifoPolicy {
      readonly #read = new Set<number>();
      override access(slot: number): void {
        this.#read.add(slot);
      }
      override evict(): number {
        const victim = this.queue.find((slot) => !this.#read.has(slot)) ?? 0;
        this.remove(victim);
        return victim;
      }
    })(),
  "does not follow a moved entry": () =>
    new (class extends FifoPolicy {
      override move(): void {}
    })(),
  "loses the place of a moved entry": () =>
    new (class extends FifoPolicy {
      override move(from: number, to: number): void {
        this.remove(from);
        this.add(to);
      }
    })(),
  "reads every entry for each victim": (context) =>
    new (class extends FifoPolicy {
      override evict(spared: number): number {
        for (const slot of this.queue) if ((context.links[4 * slot] ?? 0) > 0) return 0;
        return super.evict(spared);
      }
    })(),
  "walks in one direction only": () =>
    new (class extends FifoPolicy {
      override hotter(slot: number): number {
        return this.colder(slot);
      }
    })(),
  "chooses by chance instead of its seed": () =>
    new (class extends FifoPolicy {
      override evict(): number {
        return this.queue.splice(Math.floor(Math.random() * this.queue.length), 1)[0] as number;
      }
    })(),
  "counts the weight of an evicted slot": (context) =>
    new (class extends FifoPolicy {
      #total = 0;
      #last = 0;
      override add(slot: number): void {
        super.add(slot);
        this.#total += context.weights?.[slot] ?? 1;
        // The last victim is gone, and its weight may have been overwritten.
        this.#total -= context.weights?.[this.#last] ?? 0;
      }
      override evict(spared: number): number {
        if (Number.isNaN(this.#total)) return 0;
        return (this.#last = super.evict(spared));
      }
    })(),
  "forgets an entry whose value was replaced": () =>
    new (class extends FifoPolicy {
      override update(slot: number): void {
        this.remove(slot);
      }
    })(),
};
