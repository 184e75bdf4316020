import { macrotask } from "../host/macrotask.ts";
import { nodeModule } from "../host/node-modules.ts";
import { ListenerWatch } from "./listeners.ts";
import { needsStack, ResourceTrace } from "./resources.ts";
import { Stack } from "./stacks.ts";
import { SubscriberWatch } from "./subscribers.ts";
import type { Census } from "./traces.ts";

/** The part of an `AsyncLocalStorage` that is used. */
interface Context {
  getStore(): readonly Census[] | undefined;
  run<T>(store: readonly Census[], run: () => T): T;
}

/** The part of an `AsyncHook` that is used. */
interface Hook {
  enable(): unknown;
  disable(): unknown;
}

const NONE: readonly Census[] = [];

/**
 * Watches what is made while at least one census is open, and tells the censuses in whose context
 * it was made. The context is that of `AsyncLocalStorage`, so that what others make at the same
 * time is not counted.
 */
export class Watch {
  readonly #storage: Context;
  readonly #runningId: () => number;
  readonly #hook: Hook;
  /** Called before the callback of a resource runs; only enabled while `#orphan` waits. */
  readonly #beforeHook: Hook;
  /** Resources that were made in the context of a census, by id. */
  readonly #resources = new Map<number, ResourceTrace>();
  /** A file handle, which Node makes outside of every context just before it answers a request. */
  #orphan: { readonly id: number; readonly resource: object } | undefined;
  readonly #open = new Set<Census>();
  #listeners: ListenerWatch | undefined;
  #subscribers: SubscriberWatch | undefined;
  /** Whether the hook was called; hosts other than Node have it, but do not call it. */
  #isCalled = false;

  constructor() {
    const hooks = nodeModule("node:async_hooks");
    if (hooks === undefined) throw unsupported();
    this.#storage = new hooks.AsyncLocalStorage();
    this.#runningId = hooks.executionAsyncId;
    this.#hook = hooks.createHook({ init: this.#onInit, destroy: this.#onDestroy });
    this.#beforeHook = hooks.createHook({ before: this.#onBefore });
  }

  /** Begins to watch for a census. Throws if the host does not report its resources. */
  open(census: Census): void {
    if (this.#open.size === 0) {
      // Reads the streams of the process, and must not see what that makes.
      this.#listeners = new ListenerWatch(this.#current);
      this.#subscribers = new SubscriberWatch(this.#current);
      this.#hook.enable();
    }
    this.#open.add(census);
    if (this.#isCalled) return;
    void this.outside(macrotask);
    if (this.#isCalled) return;
    this.close(census);
    throw unsupported();
  }

  close(census: Census): void {
    if (!this.#open.delete(census) || this.#open.size > 0) return;
    this.#hook.disable();
    this.#beforeHook.disable();
    this.#listeners?.stop();
    this.#subscribers?.stop();
    this.#resources.clear();
    this.#orphan = undefined;
  }

  /** Runs a function in the context of a census, and of those in whose context it is called. */
  runWatched<T>(census: Census, run: () => T): T {
    return this.#storage.run([...(this.#storage.getStore() ?? NONE), census], run);
  }

  /** Runs a function in the context of no census. */
  outside<T>(run: () => T): T {
    return this.#storage.run(NONE, run);
  }

  readonly #current = (): readonly Census[] =>
    (this.#storage.getStore() ?? NONE).filter(({ isWatching }) => isWatching);

  // An error in a hook ends the process.
  readonly #onInit = (id: number, type: string, triggerId: number, resource: object): void => {
    this.#isCalled = true;
    if (type === "PROMISE" || type === "Microtask") return;
    try {
      this.#note(id, type, triggerId, resource);
    } catch {
      // Without a stack it is not counted.
    }
  };

  #note(id: number, type: string, triggerId: number, resource: object): void {
    const store = this.#storage.getStore();
    // Node makes connections of a server outside of its context.
    const cause = this.#resources.get(triggerId);
    const censuses = (store ?? cause?.censuses ?? NONE).filter(({ isWatching }) => isWatching);
    if (censuses.length > 0) {
      const stack = needsStack(type) ? new Stack(this.#onInit) : undefined;
      // Only their stacks are kept: chains of resources would grow as long as the census is open.
      const stackOfStep = this.#resources.get(this.#runningId())?.stack;
      const server = cause?.isServer ? cause : undefined;
      const making = { stack, censuses, stackOfStep, server };
      this.#resources.set(id, new ResourceTrace(type, resource, making));
    } else if (type === "FILEHANDLE" && store === undefined) {
      this.#orphan = { id, resource };
      this.#beforeHook.enable();
    }
  }

  readonly #onBefore = (id: number): void => {
    const orphan = this.#orphan;
    this.#orphan = undefined;
    this.#beforeHook.disable();
    const step = this.#resources.get(id);
    if (orphan === undefined || step?.type !== "FSREQPROMISE") return;
    const { stack, censuses } = step;
    const making = { stack, censuses, stackOfStep: undefined, server: undefined };
    this.#resources.set(orphan.id, new ResourceTrace("FILEHANDLE", orphan.resource, making));
  };

  readonly #onDestroy = (id: number): void => {
    this.#resources.get(id)?.destroy();
    this.#resources.delete(id);
  };
}

function unsupported(): Error {
  return new Error(
    "Cannot watch handles: the host does not report asynchronous resources, expected Node",
  );
}
