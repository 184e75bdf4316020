/**
 * The example in the README of the WeakRef proposal (github.com/tc39/proposal-weakrefs), without
 * iteration and deletion, which are not measured.
 */
export class IterableWeakMap<K extends WeakKey, V> {
  readonly #weakMap = new WeakMap<K, { value: V; ref: WeakRef<K> }>();
  readonly #refSet = new Set<WeakRef<K>>();
  readonly #finalizationGroup = new FinalizationRegistry(IterableWeakMap.#cleanup);

  static #cleanup(this: void, held: { set: Set<unknown>; ref: unknown }): void {
    held.set.delete(held.ref);
  }

  set(key: K, value: V): void {
    const ref = new WeakRef(key);
    this.#weakMap.set(key, { value, ref });
    this.#refSet.add(ref);
    this.#finalizationGroup.register(key, { set: this.#refSet, ref }, ref);
  }
}
