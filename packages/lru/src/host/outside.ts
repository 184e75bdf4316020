interface AsyncResourceShape {
  runInAsyncScope<Result>(run: () => Result): Result;
}

interface Host {
  readonly process?: {
    getBuiltinModule?(
      name: "node:async_hooks",
    ): { readonly AsyncResource?: new (type: string) => AsyncResourceShape } | undefined;
  };
}

const outermost = /* @__PURE__ */ createOutermost();

/**
 * Runs a function outside every async context (`AsyncLocalStorage`), so that what it starts belongs to
 * no request, and keeps none alive. Hosts without async contexts run it as it is.
 */
export function outside<Result>(run: () => Result): Result {
  return outermost === undefined ? run() : outermost.runInAsyncScope(run);
}

function createOutermost(): AsyncResourceShape | undefined {
  const { process } = globalThis as unknown as Host;
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  if (hooks?.AsyncResource === undefined) return undefined;
  const resource = new hooks.AsyncResource("heapwise");
  // A resource belongs to the context that it was made in, which is that of whoever imports this first.
  for (const name of Object.getOwnPropertySymbols(resource)) {
    if (name.description === "kResourceStore" || name.description === "context_frame") {
      Object.assign(resource, { [name]: undefined });
    }
  }
  return resource;
}
