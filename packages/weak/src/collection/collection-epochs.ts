import { outside, reportError } from "@heapwise/lru/slots";
import { host, reportsCollections } from "../host/host.ts";

/** An object that is told when a collection is over. */
export interface CollectionListener {
  onCollection(): void;
  /** Called with what `onCollection` throws. Without it, the host reports the error as uncaught. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Counts the collections of the process, and calls listeners after each.
 *
 * One object that nothing else holds, the sentinel, is registered with one `FinalizationRegistry`.
 * A full collection takes it. Then the callback runs in the next macrotask and registers another
 * sentinel. That is one record for the whole process; a record for each entry would make full
 * collections several times as long. In V8 a minor collection takes no registered object, so an
 * epoch ends with a full collection.
 *
 * Listeners are held weakly, and run outside every async context. If there is no listener, no
 * sentinel is registered. A host without `FinalizationRegistry` reports no collection.
 */
class CollectionEpochs {
  /** Collections so far. A collection without a listener does not count. */
  count = 0;
  readonly #listeners = new Set<WeakRef<CollectionListener>>();
  /**
   * Registries that have a sentinel, by class. Each is held as long as its class, because the
   * engine calls no callback of a registry that was collected.
   */
  readonly #armed = new WeakMap<object, FinalizationRegistry<undefined>>();

  /**
   * Calls the listener after each collection. It ends when the listener itself is collected, or
   * when the caller calls the function that is returned.
   */
  watch(listener: CollectionListener): () => void {
    const ref = new host.WeakRef(listener);
    this.#listeners.add(ref);
    this.#arm();
    return () => void this.#listeners.delete(ref);
  }

  /**
   * Registers a sentinel. If fakes have replaced the class, the old class keeps its sentinel, and
   * reports again when the fakes are gone.
   */
  #arm(): void {
    if (!reportsCollections) return;
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
      // An earlier listener may have disposed of the cache of this one.
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
