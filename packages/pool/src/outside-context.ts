interface AsyncResource {
  runInAsyncScope<R>(run: () => R): R;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => AsyncResource;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): AsyncHooks | undefined };
}

/** What holds the async context in a resource of Node: 20 and 22 by the one, 24 and later by the other. */
const CONTEXT = /^(?:kResourceStore|context_frame)$/;

/** Runs code in an async context. */
export type AsyncContext = <R>(run: () => R) => R;

/** Node's module, found through the global, because the package also runs in hosts without it. */
function findHooks(): AsyncHooks | undefined {
  return (globalThis as Host).process?.getBuiltinModule?.("node:async_hooks");
}

interface Contexts {
  /** Makes a resource outside every context. */
  outside(): AsyncResource;
  /** Makes one in the context of the caller. */
  here(): AsyncResource;
}

/** Undefined if the host has no such things. */
const contexts = /* @__PURE__ */ findContexts();

/**
 * A resource belongs to the context that it was made in, which is that of whoever imports this first.
 * There is no public way out of all contexts, so what Node keeps of it is removed. Bun and Deno keep it out of reach.
 */
function findContexts(): Contexts | undefined {
  try {
    const hooks = findHooks();
    if (hooks === undefined) return undefined;
    const here = (): AsyncResource => new hooks.AsyncResource("HeapwisePool");
    const outermost = here();
    for (const name of Object.getOwnPropertySymbols(outermost)) {
      if (CONTEXT.test(name.description ?? "")) Reflect.set(outermost, name, undefined);
    }
    return { outside: () => outermost.runInAsyncScope(here), here };
  } catch {
    // A stand-in of a bundler for `process`, which throws or knows no such class.
    return undefined;
  }
}

/**
 * Runs code outside the async context of whoever happens to be the reason for it. A connection that a
 * request opens, or a timer, outlives that request, and must not carry its trace, its user or its
 * transaction. Each run has a resource of its own, because `enterWith` changes the one it is called in.
 */
export function outsideContext<R>(run: () => R): R {
  return contexts === undefined ? run() : contexts.outside().runInAsyncScope(run);
}

/** The async context of the caller, for later; undefined if the host has no such things. */
export function captureContext(): AsyncContext | undefined {
  const resource = contexts?.here();
  return resource && ((run) => resource.runInAsyncScope(run));
}
