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

/** What holds the async context in a resource of Node: 20 and 22 by the one, 24 and later by the other. */
const CONTEXT = /kResourceStore|context_frame/;

const outermost = /* @__PURE__ */ createOutermost();

/**
 * Runs a function outside every async context (`AsyncLocalStorage`), so that what it starts belongs to
 * no request, and keeps none alive. Hosts without async contexts run it as it is.
 */
export function outside<Result>(run: () => Result): Result {
  return outermost === undefined ? run() : outermost.runInAsyncScope(run);
}

/**
 * A resource belongs to the context that it was made in, which is that of whoever imports this first.
 * There is no public way out of all contexts, so what Node keeps of it is removed. Bun and Deno keep it out of reach.
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
    // A stand-in of a bundler for `process`, which throws or knows no such class.
    return undefined;
  }
}
