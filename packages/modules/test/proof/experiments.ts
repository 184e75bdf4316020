import type { CleanOutcome, CleanSettings } from "./programs/clean.ts";
import type { PayloadOutcome, PayloadSettings } from "./programs/payloads.ts";
import type { ReloadOutcome, ReloadSettings } from "./programs/reloads.ts";
import { heapSlope } from "./heap-slope.ts";
import { runProof } from "./run-proof.ts";

/** What an experiment found, and whether it holds. */
export interface Finding {
  readonly holds: boolean;
  /** The figures, for people. */
  readonly text: string;
}

/** Something that must hold of unloads, with counts for the short and for the full run. */
export interface Experiment {
  readonly name: string;
  /** The count in a run of the tests, and in `npm run test:modules-unload`. */
  readonly counts: { readonly short: number; readonly full: number };
  run(count: number, node?: string): Promise<Finding>;
}

/** The rows of a table: a backend with a form of module, and the flags that it needs. */
interface Row {
  readonly title: string;
  readonly backend: "function" | "vm-module";
  readonly format: "commonjs" | "module";
  readonly flags: readonly string[];
}

const ROWS: readonly Row[] = [
  { title: "function, CommonJS", backend: "function", format: "commonjs", flags: [] },
  { title: "function, ES module", backend: "function", format: "module", flags: [] },
];

/** Bytes of the requirements: of a reload, and of all reloads of a run. */
const MOST = { perReload: 512, inAll: 1024 * 1024, sourceKilobytes: 2 };
const KILOBYTE = 1024;

/** All experiments. Each runs in a process of its own. */
export const experiments: readonly Experiment[] = [
  ...ROWS.flatMap((row) => [payloads(row), sources(row), growth(row), smallHeap(row)]),
  {
    name: "clean modules are not said to be held",
    counts: { short: 200, full: 1000 },
    async run(unloads, node) {
      const settings: CleanSettings = { unloads };
      const found = await runProof<CleanOutcome>("clean", { node, settings });
      return {
        holds: found.plainly === unloads,
        text: `${found.plainly} of ${unloads} plainly, ${found.lazily} lazily, ${found.unknown} unknown, ${found.retained.length} held ${found.retained.join("\n")}`,
      };
    },
  },
];

function payloads({ title, backend, format, flags }: Row): Experiment {
  return {
    name: `${title}: payloads of 100 KB are collected plainly`,
    counts: { short: 100, full: 2000 },
    async run(loads, node) {
      const found = await load({ backend, format, loads, payloadKilobytes: 100 }, flags, node);
      return { holds: isGone(found), text: describe(found) };
    },
  };
}

function sources({ title, backend, format, flags }: Row): Experiment {
  return {
    name: `${title}: source texts of 100 KB are collected plainly`,
    counts: { short: 100, full: 500 },
    async run(loads, node) {
      const found = await load({ backend, format, loads, sourceKilobytes: 100 }, flags, node);
      const isSmall = found.kilobytesPerLoad < MOST.sourceKilobytes;
      return { holds: isGone(found) && isSmall, text: describe(found) };
    },
  };
}

function growth({ title, backend, format, flags }: Row): Experiment {
  return {
    name: `${title}: reloads of a module of 100 KB do not grow`,
    counts: { short: 300, full: 2000 },
    async run(reloads, node) {
      const shape = { format, payloadKilobytes: 100, sourceKilobytes: 100 };
      const settings: ReloadSettings = { backend, reloads, marks: 10, ...shape };
      const { marks, zombies } = await runProof<ReloadOutcome>("reloads", {
        node,
        settings,
        flags: [...flags, "--expose-gc"],
      });
      const slope = heapSlope(marks);
      const inAll = marks.at(-1)!.bytes - marks[0]!.bytes;
      return {
        holds: slope <= MOST.perReload && inAll <= MOST.inAll && zombies === 0,
        text: `${reloads} reloads: ${Math.round(slope)} bytes each, ${Math.round(inAll / KILOBYTE)} KB in all, ${zombies} held`,
      };
    },
  };
}

function smallHeap({ title, backend, format, flags }: Row): Experiment {
  return {
    name: `${title}: reloads of a module of 0.5 MB survive with a heap of 96 MB`,
    counts: { short: 200, full: 1000 },
    async run(reloads, node) {
      const shape = { format, payloadKilobytes: 0, sourceKilobytes: 512 };
      const settings: ReloadSettings = { backend, reloads, marks: 0, ...shape };
      try {
        const found = await runProof<ReloadOutcome>("reloads", {
          node,
          settings,
          flags: [...flags, "--max-old-space-size=96"],
        });
        const peak = Math.round(found.peakBytes / KILOBYTE / KILOBYTE);
        return { holds: found.zombies === 0, text: `survived, largest heap ${peak} MB` };
      } catch (error) {
        return { holds: false, text: String(error).slice(0, 2000) };
      }
    },
  };
}

function load(
  settings: Partial<PayloadSettings>,
  flags: readonly string[],
  node: string | undefined,
): Promise<PayloadOutcome> {
  return runProof<PayloadOutcome>("payloads", {
    node,
    settings: { payloadKilobytes: 0, sourceKilobytes: 0, ...settings },
    flags: [...flags, "--expose-gc"],
  });
}

function isGone({ livePayloads, liveFunctions }: PayloadOutcome): boolean {
  return livePayloads === 0 && liveFunctions === 0;
}

function describe(found: PayloadOutcome): string {
  const { loads, livePayloads, liveFunctions, kilobytesPerLoad } = found;
  return `${livePayloads} payloads and ${liveFunctions} functions of ${loads} live, ${kilobytesPerLoad.toFixed(2)} KB a load`;
}
