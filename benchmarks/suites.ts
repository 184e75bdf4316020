import { byteBound } from "./byte-bound/suite.ts";
import { designs } from "./designs/suite.ts";
import { expiry } from "./expiry/suite.ts";
import { gc } from "./gc/suite.ts";
import { growth } from "./growth/suite.ts";
import { hitRatio } from "./hit-ratio/suite.ts";
import { keys } from "./keys/suite.ts";
import { leaks } from "./leaks/suite.ts";
import { loading } from "./loading/suite.ts";
import { memory } from "./memory/suite.ts";
import { modules } from "./modules/suite.ts";
import { pools } from "./pools/suite.ts";
import { sizeofAccuracy } from "./sizeof-accuracy/suite.ts";
import { sizeofSpeed } from "./sizeof-speed/suite.ts";
import { smallCaches } from "./small-caches/suite.ts";
import type { Suite } from "./suite.ts";
import { throughput } from "./throughput/suite.ts";
import { weak } from "./weak/suite.ts";

/** A suite of any tasks. Only its own steps and cells may be passed to it. */
export type AnySuite = Suite<unknown, unknown>;

/**
 * All suites, in the order in which they run. The command line, the report and the tests use this
 * list.
 */
export const SUITES: readonly AnySuite[] = [
  throughput,
  keys,
  growth,
  gc,
  memory,
  smallCaches,
  byteBound,
  hitRatio,
  loading,
  expiry,
  pools,
  sizeofAccuracy,
  sizeofSpeed,
  weak,
  leaks,
  modules,
  designs,
];

/** Names of the suites, as `--only` takes them. */
export const SUITE_NAMES: readonly string[] = SUITES.map(({ name }) => name);
