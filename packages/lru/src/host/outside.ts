interface AsyncResourceShape {
  runInAsyncScope<Result>(run: () => Result): Result;
}

interface Host {
  readonly process?: {
    getBuiltinModule?(
      name: "node:async_hooks",
    ): { readonly AsyncResource: new (type: string) => AsyncResourceShape } | undefined;
  };
}

/**
 * Symbols under which Node keeps the async context of a resource: first Node 20 and 22, then 24.
 */
const CONTEXT = /kResourceStore|context_frame/;

const outermost = /* @__PURE__ */ createOutermost();

/**
 * Runs a function outside every async context (`AsyncLocalStorage`). Timers and promises that it
 * starts belong to no request, and keep no request alive. A host without async contexts just runs
 * it.
 */
export function outside<Result>(run: () => Result): Result {
  return outermost === undefined ? run() : outermost.runInAsyncScope(run);
}

/**
 * A resource belongs to the async context in which it is created, here the context of the first
 * import of this module. Node has no public way out of all contexts, so the context is removed from
 * the resource. In Bun and Deno it cannot be reached.
 */
function createOutermost(): AsyncResourceShape | undefined {
  try {
    const { process } = globalThis as unknown as Host;
    const hooks = process?.getBuiltinModule?.("node:async_hooks");
    if (hooks === undefined) return undefined;
    const resource = new hooks.AsyncResource("heapwise");
    for (const name of Object.getOwnPropertySymbols(resource)) {
      if (CONTEXT.test(String(name))) Reflect.set(resource, name, undefined);
    }
    return resource;
  } catch {
    // A bundler has a stand-in for `process` that throws or lacks the class.
    return undefined;
  }
}
