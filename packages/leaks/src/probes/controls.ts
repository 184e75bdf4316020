/**
 * Two objects of which the verdict is known: one that nothing holds, and one that is held. A
 * collection that frees both or neither says nothing about other objects.
 */
export class Controls {
  readonly #dropped: WeakRef<object>;
  readonly #held: WeakRef<object>;
  readonly #holder: { object: object };

  constructor() {
    this.#dropped = plantDropped();
    this.#holder = { object: {} };
    this.#held = new WeakRef(this.#holder.object);
  }

  /** Whether the collections since then freed the one and not the other. */
  areRight(): boolean {
    return this.#dropped.deref() === undefined && this.#held.deref() === this.#holder.object;
  }
}

/** The object is made in a frame of its own, which is gone when a collection runs. */
function plantDropped(): WeakRef<object> {
  return new WeakRef({});
}
