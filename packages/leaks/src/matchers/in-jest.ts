import { matchers, type LeakMatchers } from "./matchers.ts";

declare global {
  namespace jest {
    interface Matchers<R, T> extends LeakMatchers {}
  }
}

/** @ts-ignore `expect` is missing if only `@types/jest` is there. */
declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T> extends LeakMatchers {}
}

// There is none with `injectGlobals: false`.
const { expect } = globalThis as {
  expect?: { extend?: (added: typeof matchers) => void };
};
expect?.extend?.(matchers);

export { matchers };
