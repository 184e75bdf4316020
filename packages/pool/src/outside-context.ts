interface AsyncResource {
  runInAsyncScope<R>(run: () => R): R;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => AsyncResource;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): AsyncHooks | undefined };
}

/**
 * The names of the symbols that hold the async context in a resource of Node: the first name in
 * Node 20 and 22, the second one in Node 24 and later.
 */
const CONTEXT = /^(?:kResourceStore|context_frame)$/;

/** Runs code in an async context. */
export type AsyncContext = <R>(run: () => R) => R;

/**
 * The module of Node, found through a global, because the package also runs in hosts without it.
 */
function findHooks(): AsyncHooks | undefined {
  return (globalThis as Host).process?.getBuiltinModule?.("node:async_hooks");
}

interface Contexts {
  /** Makes a resource outside every async context. */
  outside(): AsyncResource;
  /** Makes a resource in the async context of the caller. */
  here(): AsyncResource;
}

/** Undefined if the host has no async contexts. */
const contexts = /* @__PURE__ */ findContexts();

/**
 * A resource belongs to the context in which it was made, here the context of the first import of
 * this module. Node has no public way out of all contexts, so that the context is removed from the
 * resource. Bun and Deno keep it out of reach.
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
    // A bundler has put an object in the place of `process` that throws or lacks this class.
    return undefined;
  }
}

/**
 * Runs code outside the async context of its caller. A connection or a timer outlives the request
 * that caused it, and must not carry the trace, the user or the transaction of that request. Each
 * run has a resource of its own, because `enterWith` changes the resource in which it is called.
 */
export function outsideContext<R>(run: () => R): R {
  return contexts === undefined ? run() : contexts.outside().runInAsyncScope(run);
}

/**
 * Captures the async context of the caller. Returns undefined if the host has no async contexts.
 */
export function captureContext(): AsyncContext | undefined {
  const resource = contexts?.here();
  return resource && ((run) => resource.runInAsyncScope(run));
}
