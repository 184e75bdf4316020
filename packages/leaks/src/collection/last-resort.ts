import { nodeModule } from "../host/node-modules.ts";
import { macrotask } from "../host/macrotask.ts";
import { withoutWarning } from "./without-warning.ts";

/** How a last-resort collection was run. */
export type LastResort = "inspector" | "query-objects" | "snapshot";

const MOST_TURNS = 1000;

/** The warning of Node about `v8.queryObjects`. */
export const QUERY_WARNING: RegExp = /queryObjects/;

/**
 * Runs one last-resort collection: of all that a plain one frees, and of the caches of the engine,
 * such as V8's compilation cache. Tries the cheapest means first. Returns undefined if the host has
 * no means.
 */
export async function collectAsLastResort(): Promise<LastResort | undefined> {
  if (await collectByInspector()) return "inspector";
  if (collectByQuery()) return "query-objects";
  return (await collectBySnapshot()) ? "snapshot" : undefined;
}

async function collectByInspector(): Promise<boolean> {
  try {
    // A session in the process, which does not disturb a debugger that is attached.
    const inspector = nodeModule("node:inspector");
    if (inspector === undefined) return false;
    const session = new inspector.Session();
    session.connect();
    try {
      let answer: "none" | "done" | "failed" = "none";
      session.post("HeapProfiler.collectGarbage", (error) => {
        answer = error === null ? "done" : "failed";
      });
      // Node and Deno answer within a few turns; a host that only has the names may never.
      for (let turns = 0; answer === "none" && turns < MOST_TURNS; turns++) await macrotask();
      return (answer as string) === "done";
    } finally {
      session.disconnect();
    }
  } catch {
    return false;
  }
}

function collectByQuery(): boolean {
  try {
    const v8 = nodeModule("node:v8");
    if (typeof v8?.queryObjects !== "function") return false;
    // Any class of which there are few instances, since all of them are held for a moment.
    withoutWarning(QUERY_WARNING, () => v8.queryObjects(FinalizationRegistry, { format: "count" }));
    return true;
  } catch {
    return false;
  }
}

/** A snapshot begins with such a collection. Nothing is kept of the snapshot. */
async function collectBySnapshot(): Promise<boolean> {
  try {
    const v8 = nodeModule("node:v8");
    if (typeof v8?.getHeapSnapshot !== "function") return false;
    for await (const _ of v8.getHeapSnapshot()) void _;
    return true;
  } catch {
    return false;
  }
}
