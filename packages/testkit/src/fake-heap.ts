/** Where `FakeHeap` puts its classes. */
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
 * A garbage collector that does what it is told: `WeakRef` and `FinalizationRegistry` that let a test
 * choose what dies, and when. They take the place of the globals between `install` and `uninstall`.
 *
 * As in an engine, what was dereferenced or newly referred to lives to the end of the job; `endJob`
 * ends it. Callbacks of registries run in `runCallbacks`, never inside another call. What a registry
 * was told of and `track` was not is known to the code under test alone, and dies at each `majorCollection`.
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
  /** `WeakRef`s that were made so far. */
  refs = 0;

  constructor() {
    [this.WeakRef, this.FinalizationRegistry] = FakeHeap.#classesOf(this);
  }

  /** The classes of one heap; inside them `this` is another. */
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

  /** Records that wait for the death of their targets. */
  get registered(): number {
    return this.#registrations.length;
  }

  /** Takes the place of the engine's classes. */
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

  /** Gives the engine's classes their place back. All that was ever held weakly is dead from then on. */
  uninstall(): void {
    this.#isOver = true;
    if (this.#globals !== undefined) Object.assign(globalThis, this.#globals);
    this.#globals = undefined;
  }

  /** Declares a value of the test: it dies when `collect` says so. Returns it. */
  track<T extends WeakKey>(value: T): T {
    this.#tracked.add(value);
    return value;
  }

  /**
   * Collects one value: all that refers to it weakly sees it go at once, and callbacks are due. The caller
   * guarantees that nothing holds it. Returns false where the current job keeps it.
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

  /** Whether the current job keeps the value. */
  isKept(value: WeakKey): boolean {
    return this.#kept.has(value);
  }

  /** Ends a full collection: what only the code under test knows dies. */
  majorCollection(): void {
    for (const { target } of this.#registrations) {
      if (!this.#tracked.has(target)) this.collect(target);
    }
  }

  /** The next job begins: nothing is kept by the one before. */
  endJob(): void {
    this.#kept = new Set();
  }

  /** Runs the callbacks that are due, each in a job of its own. */
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
