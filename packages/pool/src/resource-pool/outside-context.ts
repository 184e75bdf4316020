interface AsyncResource {
  runInAsyncScope<R>(run: () => R): R;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => AsyncResource;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): AsyncHooks | undefined };
}

/** Made when the module is loaded, in no request's context; undefined where the platform has none. */
const outside: AsyncResource | undefined = createOutside();

function createOutside(): AsyncResource | undefined {
  // Found through the global, because the package also runs where there is no such module.
  const hooks = (globalThis as Host).process?.getBuiltinModule?.("node:async_hooks");
  return hooks === undefined ? undefined : new hooks.AsyncResource("HeapwisePool");
}

/**
 * Runs code outside the async context of whoever happens to be the reason for it. A connection that a
 * request opens outlives that request, and must not carry its trace, its user or its transaction.
 */
export function outsideContext<R>(run: () => R): R {
  return outside === undefined ? run() : outside.runInAsyncScope(run);
}
