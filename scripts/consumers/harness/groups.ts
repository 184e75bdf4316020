import { BUNDLER_SETUPS } from "../projects/bundlers/setups.ts";
import { ESLINT } from "../projects/eslint/setups.ts";
import { JEST } from "../projects/jest/setups.ts";
import { METRO } from "../projects/metro/setups.ts";
import { MOCHA } from "../projects/mocha/setups.ts";
import { NEXT } from "../projects/next/setups.ts";
import { NODE } from "../projects/node/setups.ts";
import { PNPM_AND_YARN } from "../projects/pnpm-and-yarn/setups.ts";
import { PARCEL } from "../projects/parcel/setups.ts";
import { RUNTIMES } from "../projects/runtimes/setups.ts";
import { TYPESCRIPT } from "../projects/typescript/setups.ts";
import { VITEST } from "../projects/vitest/setups.ts";
import type { SetupGroup } from "./setup.ts";

/** All set-ups, in the order of the table. */
export const GROUPS: readonly SetupGroup[] = [
  NODE,
  TYPESCRIPT,
  ...JEST,
  VITEST,
  MOCHA,
  BUNDLER_SETUPS,
  PARCEL,
  METRO,
  NEXT,
  RUNTIMES,
  PNPM_AND_YARN,
  ESLINT,
];
