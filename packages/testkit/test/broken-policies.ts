import type { CreatePolicy, PolicyShape } from "../src/vitest.ts";

/** First in, first out over an array: the plainest policy that keeps the seam. */
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

/** Policies with one defect each, that the contract must catch. */
export const BROKEN_POLICIES: Readonly<Record<string, CreatePolicy>> = {
  "keeps a victim in its queue": () =>
    new (class extends FifoPolicy {
      override evict(): number {
        return this.queue[0] as number;
      }
    })(),
  "lets a removed slot go": () =>
    new (class extends FifoPolicy {
      override remove(_slot: number): void {}
    })(),
  "remembers entries after clear()": () =>
    new (class extends FifoPolicy {
      override clear(): void {}
    })(),
  "has no victim when all were read": () =>
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
  "keeps a moved entry in no particular place": () =>
    new (class extends FifoPolicy {
      override move(from: number, to: number): void {
        this.remove(from);
        this.add(to);
      }
    })(),
  "looks at every entry for each victim": (context) =>
    new (class extends FifoPolicy {
      override evict(spared: number): number {
        for (const slot of this.queue) if ((context.links[4 * slot] ?? 0) > 0) return 0;
        return super.evict(spared);
      }
    })(),
  "walks one way only": () =>
    new (class extends FifoPolicy {
      override hotter(slot: number): number {
        return this.colder(slot);
      }
    })(),
  "decides by chance, not by its seed": () =>
    new (class extends FifoPolicy {
      override evict(): number {
        return this.queue.splice(Math.floor(Math.random() * this.queue.length), 1)[0] as number;
      }
    })(),
  "counts the weight of a slot that left": (context) =>
    new (class extends FifoPolicy {
      #total = 0;
      #last = 0;
      override add(slot: number): void {
        super.add(slot);
        this.#total += context.weights?.[slot] ?? 1;
        // The victim of the round before has left, and its weight may have been overwritten.
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
