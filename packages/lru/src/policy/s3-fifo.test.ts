import { PolicyHarness } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { s3Fifo } from "./s3-fifo.ts";

/** Ten entries that are named by letters: one in the small queue, nine in main, nine ghosts. */
class SmallCache extends PolicyHarness {
  #left = "";

  constructor() {
    super(s3Fifo(), { max: 10 });
  }

  /** Uses each key of the text once, and returns the keys that were evicted. */
  use(keys: string): string {
    this.#left = "";
    for (const key of keys) {
      const hash = key.charCodeAt(0);
      const slot = [...this.tracked.keys()].find((known) => this.hashOf(known) === hash);
      if (slot === undefined) this.insert(hash);
      else this.access(slot);
    }
    return this.#left;
  }

  override evict(spared?: number): number {
    const slot = super.evict(spared);
    this.#left += String.fromCharCode(this.hashOf(slot));
    return slot;
  }
}

it("evicts entries that were used once or never, in order of arrival", () => {
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

it("adds a key that comes back as a ghost to main", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  expect(cache.use("k")).toBe("a");
  expect(cache.use("a")).toBe("b");
  // a is in main now, so it is evicted after all entries that came before and after it.
  expect(cache.use("lmnopqrst")).toBe("cdefghijk");
  expect(cache.use("uvw")).toBe("lmn");
});

it("forgets ghosts above the share of main", () => {
  const cache = new SmallCache();
  cache.use("abcdefghijklmnopqrstu");
  // l to u are cached; c to k are the nine ghosts, a and b are forgotten.
  expect(cache.use("c")).toBe("l");
  expect(cache.use("a")).toBe("m");
  expect(cache.use("vwxyz0123")).toBe("nopqrstua");
});

it("gives an entry of main one more turn per use, three at most", () => {
  const cache = new SmallCache();
  cache.use("abcdefghij");
  cache.use("aabbccddeeffgghhii");
  // The small queue loses all but its newcomers: the entries before j are promoted first.
  expect(cache.use("k")).toBe("j");
  cache.use("aaaaab");
  const evicted = cache.use("lmnopqrst") + cache.use("jklmnopqrst");
  expect(evicted).not.toContain("a");
});
