import type { Batch, ModuleInstance } from "../instances/module-instance.ts";
import { dropBatch, settle } from "./batches.ts";
import { inTime } from "./endings.ts";
import type { HostParts } from "./host-parts.ts";
import type { Operation } from "./operation.ts";
import { findRenewed } from "./find-renewed.ts";
import type { Root } from "./roots.ts";

/** The events of a replacement. */
export interface ReplacementRequest {
  readonly root: Root;
  readonly operation: Operation;
  /** Whether `dispose` callbacks write into the `hot.data` of the next version. */
  readonly carry: boolean;
  /** Most milliseconds to wait for `dispose` callbacks. */
  readonly patience: number;
}

/**
 * Makes new versions of modules beside the old ones, which stay in charge: `prepare` reads and
 * compiles and changes nothing; `evaluate` runs the `dispose` callbacks of the old versions, and
 * the code of the new ones; then `settle` makes these the newest, or `undo` ends them.
 */
export class Replacement {
  readonly #parts: HostParts;
  readonly #request: ReplacementRequest;
  readonly #handover = new Map<string, Record<string, unknown>>();
  #disposed: readonly ModuleInstance[] = [];
  #batch: Batch | undefined;
  #old: readonly ModuleInstance[] = [];
  #next: readonly ModuleInstance[] = [];

  constructor(parts: HostParts, request: ReplacementRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  /** The new versions, in the order of the old ones. */
  get next(): readonly ModuleInstance[] {
    return this.#next;
  }

  /** Number of the new version of the root; 0 before it is made. */
  get version(): number {
    return this.#next[0]?.version ?? 0;
  }

  /** @param old The versions that are replaced in any case, first that of the root. */
  async prepare(old: readonly ModuleInstance[]): Promise<void> {
    const { linker } = this.#parts;
    const { root, operation } = this.#request;
    this.#old = old;
    const renewed = await operation.guard(findRenewed(this.#parts, old));
    operation.check();
    const batch: Batch = { fresh: new Map(), made: [], renewed, handover: this.#handover };
    this.#batch = batch;
    this.#next = old.map(({ spec }) => linker.instanceOf(spec, batch));
    root.pending = this.#next[0];
    for (const next of this.#next) await operation.guard(linker.prepare(next));
    operation.check();
  }

  async evaluate(): Promise<void> {
    const { operation } = this.#request;
    await operation.guard(this.#disposeOld());
    for (const next of this.#next) {
      operation.check();
      await operation.guard(next.body!.evaluate());
    }
    operation.check();
  }

  /** Lets the old versions write what the new ones get, the one that was evaluated last first. */
  async #disposeOld(): Promise<void> {
    const { carry, patience, operation } = this.#request;
    const { renewed, fresh } = this.#batch!;
    const replaced = [...this.#parts.graph.reachable(this.#old)]
      .filter(({ spec: { url }, order }) => order > 0 && (renewed.has(url) || fresh.has(url)))
      .filter((each) => fresh.get(each.spec.url) !== each)
      .sort((a, b) => b.order - a.order);
    this.#disposed = replaced;
    for (const instance of replaced) {
      operation.check();
      const { url } = instance.spec;
      const data = carry ? (fresh.get(url)?.hot.hot.data ?? {}) : {};
      if (carry) this.#handover.set(url, data);
      const disposing = instance.hot.dispose(data, false);
      await inTime(this.#parts, instance, "dispose", disposing, patience);
    }
  }

  /** Makes the new versions the newest. Now the old ones may end. */
  settle(): void {
    settle(this.#parts, this.#batch!);
    for (const old of this.#disposed) {
      const { url } = old.spec;
      if (this.#batch!.fresh.has(url)) old.isDisposed = true;
    }
    this.#request.root.pending = undefined;
  }

  /** Ends the new versions, and tells the old ones that they stay. */
  async undo(error: unknown): Promise<void> {
    const { root, operation } = this.#request;
    if (root.operation === operation) root.pending = undefined;
    for (const old of this.#disposed) {
      if (!old.isDoomed) old.hot.emit("restore", { error });
    }
    this.#disposed = [];
    if (this.#batch !== undefined) await dropBatch(this.#parts, root, this.#batch, this.version);
  }
}
