import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { ModulesAnswer, ModulesTask } from "./measure-modules.ts";
import { tabulateModules } from "./tabulate-modules.ts";

export type ModulesCell = Cell<ModulesTask, ModulesAnswer>;

/** Names of `RELOADERS`, which is not imported here because some of them change the loader. */
export const RELOADER_NAMES = [
  "heapwise, CommonJS",
  "heapwise, ES module",
  "import-fresh",
  "import-fresh, two parents",
  "clear-module",
  "decache",
  "import() with a query",
  "jiti",
  "tsx tsImport",
  "Vite's module runner",
  "hot-hook",
];

const KILOBYTES = 100;

function plan({ full, isNamed = false }: RunOptions): Step<ModulesTask>[] {
  if (!full && !isNamed) {
    const reloader = "heapwise, CommonJS";
    return [{ label: reloader, task: { reloader, reloads: 200, kilobytes: KILOBYTES } }];
  }
  const random = createRandom(1);
  return Array.from({ length: full ? 5 : 3 }, (_, repeat) =>
    shuffle([...RELOADER_NAMES], random).map((reloader): Step<ModulesTask> => ({
      label: `${reloader}, run ${repeat + 1}`,
      task: { reloader, reloads: full ? 1000 : 200, kilobytes: KILOBYTES },
    })),
  ).flat();
}

/** Reloading a module that changes, and what each reload leaves behind. */
export const modules: Suite<ModulesTask, ModulesAnswer> = {
  name: "modules",
  title: "Reloading modules",
  module: new URL("./measure-modules.js", import.meta.url),
  plan,
  tabulate: tabulateModules,
  draw: async (cells) => (await import("./draw-modules.ts")).drawModules(cells),
};
