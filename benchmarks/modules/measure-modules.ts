import { mkdtemp, rm } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTask } from "node:timers/promises";
import { collectGarbage } from "@heapwise/leaks";
import { answerTask } from "../fresh-process.ts";
import { RELOADERS } from "./reloaders.ts";

/** Reloads a module of so many kilobytes of data, again and again. */
export interface ModulesTask {
  readonly reloader: string;
  readonly reloads: number;
  readonly kilobytes: number;
}

export interface ModulesAnswer {
  /** Milliseconds of each reload, without the writing of the file. */
  readonly ms: readonly number[];
  /** Bytes of heap and buffers that each reload leaves, after the last collection. */
  readonly keptBytes: number;
  /** The same at each tenth of the run, after a plain collection. */
  readonly heapBytes: readonly number[];
  /** Share of the last versions, but the very last one, whose data is alive in the end. */
  readonly liveShare: number;
}

const WARM = 50;
/** Versions of which the data is watched: the last ones. */
const WATCHED = 50;

/** The text of a version: its data is an array, and its exports hold it. */
function textOf(format: "commonjs" | "module", id: number, kilobytes: number): string {
  const data = `const payload = new Array(${kilobytes * 128}).fill(${id});\nfunction get() { return payload; }\n`;
  return format === "commonjs"
    ? `${data}module.exports = { id: ${id}, payload, get };\n`
    : `${data}export const id = ${id};\nexport { payload, get };\n`;
}

async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await nextTask();
    globalThis.gc!();
  }
}

async function measureModules({
  reloader,
  reloads,
  kilobytes,
}: ModulesTask): Promise<ModulesAnswer> {
  const { format, watches = false, open } = RELOADERS[reloader]!;
  const folder = await mkdtemp(join(tmpdir(), "heapwise-reload-"));
  try {
    const { file, reload } = await open(folder);
    // Filled before the first reading of the heap, so that what is measured is not our own.
    const payloads = Array.from({ length: WATCHED }, () => new WeakRef<object>({}));
    const ms = new Float64Array(reloads);
    const heapBytes: number[] = [];
    /** A frame of its own, so that no variable holds a version. */
    const once = async (id: number): Promise<void> => {
      const text = textOf(format, id, kilobytes);
      const start = performance.now();
      let pending: Promise<{ readonly id: number; readonly payload?: object }>;
      if (watches && id > 0) {
        // What watches has to wait before the file changes.
        pending = reload();
        writeFileSync(file, text);
      } else {
        writeFileSync(file, text);
        pending = reload();
      }
      const { id: found, payload } = await pending;
      if (found !== id)
        throw new Error(`Cannot measure ${reloader}: version ${found}, expected ${id}`);
      payloads[id % WATCHED] = new WeakRef(payload!);
      if (id >= WARM) ms[id - WARM] = performance.now() - start;
    };
    for (let id = 0; id < WARM; id += 1) await once(id);
    await collectGarbage({ strength: "last-resort" });
    await settle();
    const before = process.memoryUsage();
    for (let id = WARM; id < WARM + reloads; id += 1) {
      await once(id);
      if ((id - WARM + 1) % Math.ceil(reloads / 10) > 0) continue;
      await settle();
      heapBytes.push(process.memoryUsage().heapUsed);
    }
    await settle();
    await collectGarbage({ strength: "last-resort" });
    await settle();
    const { heapUsed, external } = process.memoryUsage();
    const live = payloads.filter((each) => each.deref() !== undefined).length - 1;
    return {
      ms: [...ms],
      keptBytes: (heapUsed + external - before.heapUsed - before.external) / reloads,
      heapBytes,
      liveShare: live / (WATCHED - 1),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

answerTask((task: ModulesTask) => measureModules(task));
