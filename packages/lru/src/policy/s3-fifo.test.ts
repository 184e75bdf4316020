import { expect, it } from "vitest";
import { HASH, LINKS, SlotStore } from "../store/slot-store.ts";
import type { EvictionPolicy, Slot } from "./policy.ts";
import { s3Fifo } from "./s3-fifo.ts";

/** Ten entries: one in the small queue, nine in main, nine ghosts. */
class SmallCache {
  readonly store = new SlotStore<string, undefined>(10, Infinity, 1);
  readonly policy: EvictionPolicy = s3Fifo()(this.store);
  readonly slots = new Map<string, Slot>();

  /** Uses each key of the text once, and returns the keys that were evicted. */
  use(keys: string): string {
    let evicted = "";
    for (const key of keys) {
      const known = this.slots.get(key);
      if (known !== undefined) {
        this.policy.access(known);
        continue;
      }
      if (this.store.isFull) {
        this.store.grow();
        this.policy.grow(this.store.length);
      }
      const slot = this.store.take(key, undefined);
      this.slots.set(key, slot);
      this.store.links[slot * LINKS + HASH] = key.charCodeAt(0);
      this.policy.add(slot, key.charCodeAt(0));
      while (this.slots.size > 10) evicted += this.#evict();
    }
    return evicted;
  }

  #evict(): string {
    const slot = this.policy.evict();
    const key = this.store.key(slot);
    this.slots.delete(key);
    this.store.release(slot);
    return key;
  }
}

it("evicts in order of arrival what was used once or never", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  cache.use("aaabb");
  expect(cache.use("klm")).toBe("cde");
});

it("does not promote after a single use", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  cache.use("a");
  expect(cache.use("k")).toBe("a");
});

it("takes a key that comes back as a ghost into main", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  expect(cache.use("k")).toBe("a");
  expect(cache.use("a")).toBe("b");
  // a is in main now, so that it outlives everything that came before and after it.
  expect(cache.use("lmnopqrst")).toBe("cdefghijk");
  expect(cache.use("uvw")).toBe("lmn");
});

it("forgets ghosts beyond main's share", () => {
  const cache = new SmallCache();
  cache.use("abcdefghijklmnopqrstu");
  // l to u are cached; c to k are the nine ghosts, a and b are forgotten.
  expect(cache.use("c")).toBe("l");
  expect(cache.use("a")).toBe("m");
  expect(cache.use("vwxyz0123")).toBe("nopqrstua");
});

it("gives main's entries one more turn per use, three at most", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  cache.use("aabbccddeeffgghhii");
  // The small queue is down to its newcomers; everything before j is promoted first.
  expect(cache.use("k")).toBe("j");
  cache.use("aaaaab");
  const evicted = cache.use("lmnopqrst") + cache.use("jklmnopqrst");
  expect(evicted).not.toContain("a");
});
