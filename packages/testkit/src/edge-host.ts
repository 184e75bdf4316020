/** Globals that throw as soon as they are read. */
export function unreadable(...names: readonly string[]): object {
  const refused = (name: string) => ({
    configurable: true,
    enumerable: true,
    get: (): never => {
      throw new Error(`Cannot read ${name}`);
    },
  });
  return Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, refused(name)])),
  );
}

/**
 * The globals of an edge runtime as Next.js makes it: all functions of Node's `process` are there, and so is
 * `setImmediate`, but each throws as soon as it is called. `setTimeout` works; `performance` is left out, so that a
 * test can move the time by that of day.
 */
export function edgeHost(): object {
  const refused = (name: string) => (): never => {
    throw new Error(`A Node.js API is used (${name}) which is not supported in the Edge Runtime.`);
  };
  const stubs = Object.keys(process)
    .filter((key) => typeof process[key as keyof typeof process] === "function")
    .map((key) => [key, refused(`process.${key}`)]);
  return {
    EdgeRuntime: "edge-runtime",
    process: { env: {}, ...Object.fromEntries(stubs) },
    setImmediate: refused("setImmediate"),
    setTimeout,
    clearTimeout,
    console,
  };
}

/** Globals of a host, apart from the language, that all packages with timers use. */
export const HOST_GLOBALS: readonly string[] = [
  "performance",
  "process",
  "navigator",
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "FinalizationRegistry",
  "WeakRef",
];
