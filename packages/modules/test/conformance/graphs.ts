import type { Graph } from "./graph.ts";
import { bindings } from "./graphs/bindings.ts";
import { commonJs } from "./graphs/commonjs.ts";
import { cycles } from "./graphs/cycles.ts";
import { dynamic } from "./graphs/dynamic.ts";
import { errors } from "./graphs/errors.ts";
import { interop } from "./graphs/interop.ts";
import { packages } from "./graphs/packages.ts";
import { reexports } from "./graphs/reexports.ts";
import { texts } from "./graphs/texts.ts";
import { waiting } from "./graphs/waiting.ts";

/** All graphs of the suite. */
export const GRAPHS: readonly Graph[] = [
  ...cycles,
  ...bindings,
  ...reexports,
  ...interop,
  ...commonJs,
  ...dynamic,
  ...waiting,
  ...errors,
  ...texts,
  ...packages,
];
