import { onTestFinished } from "vitest";

type Modules = Readonly<Record<string, unknown>>;

/**
 * Replaces modules of Node for the code under test until the end of the test: undefined for a
 * module that the host does not have, a function that is called instead, or the module to return.
 */
export function withModules(replaced: Modules): void {
  const own = Object.getOwnPropertyDescriptor(process, "getBuiltinModule")!;
  const genuine = process.getBuiltinModule.bind(process) as (name: string) => unknown;
  const value = (name: string): unknown => {
    if (!Object.hasOwn(replaced, name)) return genuine(name);
    const module = replaced[name];
    return typeof module === "function" ? (module as () => unknown)() : module;
  };
  Object.defineProperty(process, "getBuiltinModule", { ...own, value });
  onTestFinished(() => void Object.defineProperty(process, "getBuiltinModule", own));
}

/** A Node without an inspector: the module throws as it is loaded. */
export const NO_INSPECTOR: Modules = {
  "node:inspector": () => {
    throw new Error("Inspector is not available");
  },
};

/** `node:v8` without some of its functions. */
export function v8Without(...names: readonly string[]): Modules {
  const genuine = process.getBuiltinModule("node:v8");
  const rest = Object.entries(genuine).filter(([name]) => !names.includes(name));
  return { "node:v8": Object.fromEntries(rest) };
}
