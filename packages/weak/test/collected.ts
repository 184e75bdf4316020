import { gcUntil, settle } from "@heapwise/testkit";
import { expect } from "vitest";

/** A value that the collector can take. */
export interface Thing {
  readonly id: number;
}

/** Creates values in a separate call, so that no variable of a test holds one by chance. */
export function things(count: number, from = 0): Thing[] {
  return Array.from({ length: count }, (_, i) => ({ id: from + i }));
}

/** Number of referents that are alive. */
export function alive(refs: readonly WeakRef<WeakKey>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

/** Creates weak references to the values. */
export function refsTo(values: readonly WeakKey[]): WeakRef<WeakKey>[] {
  return values.map((value) => new WeakRef(value));
}

/**
 * Expects that at most a tenth of the referents survive some collections. JavaScriptCore keeps a
 * few, because it treats words on the stack that look like pointers as pointers.
 */
export async function expectCollected(refs: readonly WeakRef<WeakKey>[]): Promise<void> {
  const few = Math.floor(refs.length / 10);
  expect(await gcUntil(() => alive(refs) <= few, { tries: 20 })).toBe(true);
}

/** Expects that all referents survive some collections. */
export async function expectKept(refs: readonly WeakRef<WeakKey>[]): Promise<void> {
  for (let i = 0; i < 3; i++) await settle();
  expect(alive(refs)).toBe(refs.length);
}
