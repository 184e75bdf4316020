/** The globals that `FakeHeap` replaces. */
interface Globals {
  WeakRef: WeakRefConstructor;
  FinalizationRegistry: FinalizationRegistryConstructor;
}

interface Registration {
  readonly target: WeakKey;
  readonly held: unknown;
  readonly token: WeakKey | undefined;
  readonly registry: { readonly callback: (held: unknown) => void };
}

/**
 * A garbage collector that a test controls: a `WeakRef` and a `FinalizationRegistry` with which the
 * test chooses which objects die, and when. They replace the globals between `install` and
 * `uninstall`.
 *
 * As in an engine, the target of a new or dereferenced `WeakRef` lives to the end of the job, and
 * `endJob` ends the job. Callbacks of registries run in `runCallbacks`, never inside another call.
 * If a target was registered but not passed to `track`, only the code under test knows it, and it
 * dies at each `majorCollection`.
 *
 * ```ts fragment
 * const heap = new FakeHeap().install();
 * const value = heap.track({ id: 1 });
 * const cache = new WeakCache<string, object>();
 * cache.set("a", value);
 * heap.endJob();
 * heap.collect(value);
 * cache.get("a"); // => undefined
 * heap.uninstall();
 * ```
 */
export class FakeHeap {
  readonly WeakRef: WeakRefConstructor;
  readonly FinalizationRegistry: FinalizationRegistryConstructor;
  readonly #dead = new WeakSet<WeakKey>();
  readonly #tracked = new WeakSet<WeakKey>();
  #kept = new Set<WeakKey>();
  #registrations: Registration[] = [];
  #callbacks: (() => void)[] = [];
  #globals: Globals | undefined = undefined;
  #isOver = false;
  /** Number of `WeakRef`s that were made so far. */
  refs = 0;

  constructor() {
    [this.WeakRef, this.FinalizationRegistry] = FakeHeap.#classesOf(this);
  }

  /**
   * The classes of one heap. A static method, because `this` inside the classes is not the heap.
   */
  static #classesOf(heap: FakeHeap): [WeakRefConstructor, FinalizationRegistryConstructor] {
    class FakeWeakRef {
      readonly [Symbol.toStringTag] = "WeakRef" as const;
      readonly #target: WeakKey;

      constructor(target: WeakKey) {
        checkTarget(target);
        this.#target = target;
        heap.refs++;
        heap.#kept.add(target);
      }

      deref(): WeakKey | undefined {
        if (heap.#isOver || heap.#dead.has(this.#target)) return undefined;
        heap.#kept.add(this.#target);
        return this.#target;
      }
    }
    class FakeFinalizationRegistry {
      readonly [Symbol.toStringTag] = "FinalizationRegistry" as const;
      readonly callback: (held: unknown) => void;

      constructor(callback: (held: unknown) => void) {
        this.callback = callback;
      }

      register(target: WeakKey, held: unknown, token?: WeakKey): void {
        checkTarget(target);
        if (target === held) throw new TypeError("target and holdings must not be same");
        heap.#registrations.push({ target, held, token, registry: this });
      }

      unregister(token: WeakKey): boolean {
        const before = heap.#registrations.length;
        heap.#registrations = heap.#registrations.filter(
          (each) => each.registry !== this || each.token !== token,
        );
        return heap.#registrations.length < before;
      }
    }
    return [
      FakeWeakRef as unknown as WeakRefConstructor,
      FakeFinalizationRegistry as unknown as FinalizationRegistryConstructor,
    ];
  }

  /** Number of records that wait for the death of their targets. */
  get registered(): number {
    return this.#registrations.length;
  }

  /** Replaces the classes of the engine. */
  install(): this {
    const globals = globalThis as Globals;
    this.#globals = {
      WeakRef: globals.WeakRef,
      FinalizationRegistry: globals.FinalizationRegistry,
    };
    globals.WeakRef = this.WeakRef;
    globals.FinalizationRegistry = this.FinalizationRegistry;
    return this;
  }

  /** Restores the classes of the engine. From then on every weakly held target is dead. */
  uninstall(): void {
    this.#isOver = true;
    if (this.#globals !== undefined) Object.assign(globalThis, this.#globals);
    this.#globals = undefined;
  }

  /** Declares a value of the test, which dies only by `collect`. Returns the value. */
  track<T extends WeakKey>(value: T): T {
    this.#tracked.add(value);
    return value;
  }

  /**
   * Collects one value: each `WeakRef` of it is empty at once, and its callbacks are due. The
   * caller guarantees that nothing holds the value. Returns false if the current job keeps it
   * alive.
   */
  collect(value: WeakKey): boolean {
    if (this.#isOver || this.#kept.has(value)) return false;
    this.#dead.add(value);
    this.#registrations = this.#registrations.filter((each) => {
      if (each.target !== value) return true;
      this.#callbacks.push(() => each.registry.callback(each.held));
      return false;
    });
    return true;
  }

  /** Whether the current job keeps the value alive. */
  isKept(value: WeakKey): boolean {
    return this.#kept.has(value);
  }

  /** Ends a full collection: targets that only the code under test knows die. */
  majorCollection(): void {
    for (const { target } of this.#registrations) {
      if (!this.#tracked.has(target)) this.collect(target);
    }
  }

  /** Ends the job, which then keeps nothing alive. */
  endJob(): void {
    this.#kept = new Set();
  }

  /** Runs the callbacks that are due, each in its own job. */
  runCallbacks(): void {
    for (let run = this.#callbacks.shift(); run !== undefined; run = this.#callbacks.shift()) {
      this.endJob();
      run();
    }
    this.endJob();
  }
}

function checkTarget(target: unknown): void {
  if (typeof target === "object" && target !== null) return;
  if (typeof target === "function") return;
  if (typeof target === "symbol" && Symbol.keyFor(target) === undefined) return;
  throw new TypeError(`Cannot hold value weakly: ${String(target)}, expected an object`);
}
