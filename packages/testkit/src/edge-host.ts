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
 * The globals of an edge runtime as Next.js makes it. It has all functions of Node's `process` and
 * `setImmediate`, but each throws as soon as it is called. `setTimeout` works. It has no
 * `performance`, so that a test can move the time by `Date`.
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

/** Names of the globals of a host, outside the language, that the packages with timers use. */
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
