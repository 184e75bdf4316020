import { outside, reportError } from "@heapwise/lru/slots";
import { host, tellsCollections } from "../host/host.ts";

/** Is told that a collection is over. */
export interface CollectionListener {
  onCollection(): void;
  /** Called with what `onCollection` throws; without it the host reports it as uncaught. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Counts the collections of the process, and tells listeners of each.
 *
 * One object that nobody holds is registered with one `FinalizationRegistry`. A full collection takes
 * it, the callback runs in the next macrotask, and registers another: one record for the process, where
 * a record for each entry makes full collections several times as long. Minor collections
 * take no registered object in V8, so an epoch is a full one.
 *
 * Listeners are held weakly, run outside every async context, and no sentinel is registered while
 * there is none. A host without `FinalizationRegistry` tells of no collection.
 */
class CollectionEpochs {
  /** Collections so far, those without a listener not among them. */
  count = 0;
  readonly #listeners = new Set<WeakRef<CollectionListener>>();
  /** Those that have a sentinel. Held as long as their classes, because one that is collected calls nobody. */
  readonly #armed = new WeakMap<object, FinalizationRegistry<undefined>>();

  /** Tells the listener of each collection from now on, until it is collected itself or the function that is returned is called. */
  watch(listener: CollectionListener): () => void {
    const ref = new host.WeakRef(listener);
    this.#listeners.add(ref);
    this.#arm();
    return () => void this.#listeners.delete(ref);
  }

  /** A class that fakes have replaced keeps its sentinel, and tells again when they are gone. */
  #arm(): void {
    if (!tellsCollections) return;
    const Registry = host.FinalizationRegistry!;
    if (this.#armed.has(Registry)) return;
    const registry = new Registry<undefined>(() => {
      const current = host.FinalizationRegistry;
      const isReplaced = current !== Registry && this.#armed.has(current!);
      const listeners = this.#live();
      if (listeners.size === 0) {
        this.#armed.delete(Registry);
        return;
      }
      registry.register({}, undefined);
      this.#arm();
      if (!isReplaced) outside(() => this.#advance(listeners));
    });
    this.#armed.set(Registry, registry);
    registry.register({}, undefined);
  }

  #live(): Map<WeakRef<CollectionListener>, CollectionListener> {
    const live = new Map<WeakRef<CollectionListener>, CollectionListener>();
    for (const ref of this.#listeners) {
      const listener = ref.deref();
      if (listener === undefined) this.#listeners.delete(ref);
      else live.set(ref, listener);
    }
    return live;
  }

  #advance(listeners: ReadonlyMap<WeakRef<CollectionListener>, CollectionListener>): void {
    this.count++;
    for (const [ref, listener] of listeners) {
      // Another one may have disposed of its cache.
      if (!this.#listeners.has(ref)) continue;
      try {
        listener.onCollection();
      } catch (error) {
        reportError(error, listener.onError);
      }
    }
  }
}

/** The epochs of this process, or of this worker. */
export const epochs: CollectionEpochs = /* @__PURE__ */ new CollectionEpochs();
