import { ModuleUnloadedError, type Holder } from "../host/errors.ts";
import { Membrane } from "../host/membrane.ts";
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
  #state: ModuleState;
  #isClosed = false;
  #hasEnded = false;
  #membrane: Membrane | undefined;
  readonly #leases = new Set<Lease>();
  readonly #whenFree = new Set<() => void>();

  constructor(instance: ModuleInstance) {
    this.name = instance.spec.name;
    this.number = instance.version;
    this.#instance = instance;
    this.#state = "active";
  }

  /** The instance, or undefined if the version is unloaded. */
  get instance(): ModuleInstance | undefined {
    return this.#instance;
  }

  /** Whether leases may begin. */
  get isUsable(): boolean {
    return !this.#isClosed && !this.#hasEnded && !this.isUnloaded;
  }

  get isUnloaded(): boolean {
    return this.#instance === undefined;
  }

  get state(): ModuleState {
    return this.#state;
  }

  set state(state: ModuleState) {
    this.#state = state;
  }

  /** @throws {ModuleUnloadedError} if the version is unloaded. */
  get exports(): unknown {
    return this.use("use exports").body?.exports;
  }

  /** @throws {ModuleUnloadedError} if the version is unloaded. */
  get proxy(): unknown {
    const { exports } = this;
    this.#membrane ??= new Membrane(this.name, this.number);
    return this.#membrane.wrap(exports);
  }

  /** The instance, for an action that needs it. */
  use(action: string): ModuleInstance {
    if (this.#instance === undefined) throw new ModuleUnloadedError(action, this.name, this.number);
    return this.#instance;
  }

  get isLeased(): boolean {
    return this.#leases.size > 0;
  }

  get leases(): number {
    return this.#leases.size;
  }

  /** @throws {ModuleUnloadedError} if the version is unloaded, or is going to be. */
  add(lease: Lease): void {
    if (!this.isUsable) {
      throw new ModuleUnloadedError("acquire module", this.name, this.number);
    }
    this.#leases.add(lease);
  }

  /** Ends a lease. Calls those who wait if it was the last one. */
  drop(lease: Lease): void {
    if (!this.#leases.delete(lease) || this.#leases.size > 0) return;
    this.#tell();
  }

  /** Refuses new leases, until `open`. */
  close(): void {
    this.#isClosed = true;
  }

  open(): void {
    this.#isClosed = false;
  }

  /** Refuses new leases for good: the scope of the version ends although it is leased. */
  endScope(): void {
    this.#hasEnded = true;
  }

  /** Resolves once there are no leases. */
  whenFree(): Promise<void> {
    if (!this.isLeased) return Promise.resolve();
    return new Promise((resolve) => void this.#whenFree.add(resolve));
  }

  /** The leases, the oldest first. */
  holders(now: number): Holder[] {
    return [...this.#leases].map((lease) => lease.describe(now));
  }

  /** Lets go of the instance and of all leases, and revokes the proxy. */
  letGo(state: ModuleState): void {
    this.#instance = undefined;
    this.#state = state;
    this.#membrane?.revoke();
    this.#leases.clear();
    this.#tell();
  }

  #tell(): void {
    const waiting = [...this.#whenFree];
    this.#whenFree.clear();
    for (const run of waiting) run();
  }
}
