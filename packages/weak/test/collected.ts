import { gcUntil, settle } from "@heapwise/testkit";
import { expect } from "vitest";

/** A value that the collector can take. */
export interface Thing {
  readonly id: number;
}

/** Makes values in a call of its own, so that no variable of a test holds one by chance. */
export function things(count: number, from = 0): Thing[] {
  return Array.from({ length: count }, (_, i) => ({ id: from + i }));
}

/** How many of the referents live. */
export function alive(refs: readonly WeakRef<WeakKey>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

/** Weak references to some values. */
export function refsTo(values: readonly WeakKey[]): WeakRef<WeakKey>[] {
  return values.map((value) => new WeakRef(value));
}

/**
 * Expects that at most a tenth of some referents outlives some collections: an engine that takes what
 * looks like a pointer on the stack for one (JavaScriptCore) keeps a few.
 */
export async function expectCollected(refs: readonly WeakRef<WeakKey>[]): Promise<void> {
  const few = Math.floor(refs.length / 10);
  expect(await gcUntil(() => alive(refs) <= few, { tries: 20 })).toBe(true);
}

/** Expects that all referents outlive some collections. */
export async function expectKept(refs: readonly WeakRef<WeakKey>[]): Promise<void> {
  for (let i = 0; i < 3; i++) await settle();
  expect(alive(refs)).toBe(refs.length);
}
