import { expect } from "vitest";
import { matchers, type LeakMatchers } from "./matchers.ts";

/** @ts-ignore Older versions have no `Matchers`. */
declare module "vitest" {
  interface Matchers<T> extends LeakMatchers {}
  interface Assertion<T> extends LeakMatchers {}
}

expect.extend(matchers);

export { matchers };
