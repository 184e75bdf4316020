import { outside, reportError } from "@heapwise/lru/slots";
import { host } from "./host.ts";

/** Is told that a collection is over. */
export interface CollectionListener {
  onCollection(): void;
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
  #listeners = new Set<WeakRef<CollectionListener>>();
  #registry: FinalizationRegistry<undefined> | undefined = undefined;
  #registries: FinalizationRegistryConstructor | undefined = undefined;

  /** Tells the listener of each collection from now on, until it is collected itself or the function that is returned is called. */
  watch(listener: CollectionListener): () => void {
    const ref = new host.WeakRef(listener);
    this.#listeners.add(ref);
    if (host.FinalizationRegistry !== undefined && this.#registries !== host.FinalizationRegistry) {
      this.#arm();
    }
    return () => void this.#listeners.delete(ref);
  }

  /** The registry is a property of a module, because one that is collected calls nobody. */
  #arm(): void {
    if (this.#registries !== host.FinalizationRegistry) {
      this.#registries = host.FinalizationRegistry!;
      const registry = new this.#registries<undefined>(() => {
        if (registry === this.#registry) outside(() => this.#advance());
      });
      this.#registry = registry;
    }
    this.#registry!.register({}, undefined);
  }

  #advance(): void {
    this.count++;
    const live: CollectionListener[] = [];
    for (const ref of this.#listeners) {
      const listener = ref.deref();
      if (listener === undefined) this.#listeners.delete(ref);
      else live.push(listener);
    }
    if (live.length === 0) this.#registry = this.#registries = undefined;
    else this.#arm();
    for (const listener of live) {
      try {
        listener.onCollection();
      } catch (error) {
        reportError(error, undefined);
      }
    }
  }
}

/** The epochs of this process, or of this worker. */
export const epochs: CollectionEpochs = /* @__PURE__ */ new CollectionEpochs();
