import { ModuleUnloadedError, type Holder } from "../host/errors.ts";
import type { ModuleInstance, ModuleState } from "../instances/module-instance.ts";

/** A lease as its version sees it. */
export interface Lease {
  describe(now: number): Holder;
}

/**
 * A version of a module that was loaded by name, with its leases. Lets go of the instance when it
 * is unloaded, so that whoever keeps a handle keeps no code.
 */
export class ModuleVersion {
  readonly name: string;
  readonly number: number;
  #instance: ModuleInstance | undefined;
  #state: ModuleState | undefined;
  readonly #leases = new Set<Lease>();
  readonly #whenFree: (() => void)[] = [];

  constructor(instance: ModuleInstance) {
    this.name = instance.spec.name;
    this.number = instance.version;
    this.#instance = instance;
  }

  /** The instance, or undefined if the version is unloaded. */
  get instance(): ModuleInstance | undefined {
    return this.#instance;
  }

  get isUnloaded(): boolean {
    return this.#instance === undefined;
  }

  get state(): ModuleState {
    return this.#instance?.state ?? this.#state ?? "unloaded";
  }

  /** Sets the state, also after the version was unloaded. */
  set state(state: ModuleState) {
    this.#state = state;
    if (this.#instance !== undefined) this.#instance.state = state;
  }

  /** @throws {ModuleUnloadedError} if the version is unloaded. */
  get exports(): unknown {
    return this.use("use exports").body?.exports;
  }

  /** The instance, for an action that needs it. */
  use(action: string): ModuleInstance {
    if (this.#instance === undefined) throw new ModuleUnloadedError(action, this.name, this.number);
    return this.#instance;
  }

  get isLeased(): boolean {
    return this.#leases.size > 0;
  }

  add(lease: Lease): void {
    this.#leases.add(lease);
  }

  /** Ends a lease. Calls those who wait if it was the last one. */
  drop(lease: Lease): void {
    if (!this.#leases.delete(lease) || this.#leases.size > 0) return;
    for (const run of this.#whenFree.splice(0)) run();
  }

  /** Resolves once there are no leases. */
  whenFree(): Promise<void> {
    if (!this.isLeased) return Promise.resolve();
    return new Promise((resolve) => this.#whenFree.push(resolve));
  }

  holders(now: number): Holder[] {
    return [...this.#leases].map((lease) => lease.describe(now));
  }

  /** Lets go of the instance and of all leases. */
  letGo(state: ModuleState): void {
    this.#instance = undefined;
    this.#state = state;
    this.#leases.clear();
    for (const run of this.#whenFree.splice(0)) run();
  }
}
