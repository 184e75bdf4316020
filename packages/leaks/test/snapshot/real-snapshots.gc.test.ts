import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@heapwise/testkit";
import { HeapGraph, SnapshotTooLargeError } from "@heapwise/leaks/snapshot";
import { afterAll, describe, expect, it } from "vitest";
import { v8Without, withModules } from "../with-modules.ts";

const folder = mkdtempSync(join(tmpdir(), "heapwise-snapshots-"));
afterAll(() => rmSync(folder, { recursive: true }));

class Letter {
  readonly text = "dear reader";
}
const letters = new Map<string, Letter>();

/** In a frame of its own, so that no stack holds the letter. */
function post(): void {
  letters.set("first", new Letter());
}

async function run(name: string, options?: { flags?: string[]; args?: string[] }): Promise<string> {
  const outcome = await runProgram(new URL(`programs/${name}.ts`, import.meta.url), options);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  return outcome.stdout;
}

describe("A snapshot of a real process", () => {
  it("is read as JSON.parse reads it, node for node", async () => {
    const { nodeCount, edgeCount, differences } = JSON.parse(await run("compare-with-json")) as {
      [name: string]: number;
    };
    expect(differences).toBe(0);
    expect(nodeCount).toBeGreaterThan(30_000);
    expect(edgeCount).toBeGreaterThan(nodeCount!);
  });

  it("takes 1.2 times the bytes of its numbers and strings", async () => {
    const path = join(folder, "memory.heapsnapshot");
    await run("write-snapshot", { args: [path, "40000"] });
    const output = await run("read-memory", { flags: ["--expose-gc"], args: [path] });
    const { grownBytes, nodeCount } = JSON.parse(output) as { [name: string]: number };
    const { nodes, edges, locations, strings } = JSON.parse(readFileSync(path, "utf8")) as {
      [name: string]: unknown[];
    };
    const numbers = nodes!.length + edges!.length + locations!.length;
    const bytes = 4 * numbers + Buffer.byteLength(strings!.join(""));
    expect(nodeCount).toBeGreaterThan(150_000);
    expect(grownBytes).toBeGreaterThan(bytes / 4);
    expect(grownBytes).toBeLessThan(1.2 * bytes);
  });
});

describe("A snapshot of this process", () => {
  it("shows objects of three moments under the same ids", async () => {
    class Parcel {
      readonly content = "a gift";
    }
    const kept = [new Parcel()];
    const first = await HeapGraph.capture();
    kept.push(new Parcel(), new Parcel());
    const second = await HeapGraph.capture();
    kept.splice(1, 1);
    const third = await HeapGraph.capture({ maxBytes: "50%" });

    const [early] = first.byType("Parcel");
    expect(first.byType("Parcel")).toHaveLength(1);
    expect(second.byType("Parcel")).toHaveLength(3);
    expect(second.byType("Parcel")).toContain(early);
    expect(second.diff(first).find(({ type }) => type === "Parcel")).toMatchObject({
      added: 2,
      removed: 0,
    });
    const lasting = third
      .bornBetween(first, second)
      .filter((id) => third.node(id).name === "Parcel");
    expect(lasting).toHaveLength(1);
    expect(third.references(lasting[0]!)).toContainEqual(
      expect.objectContaining({ kind: "property", name: "content" }),
    );
    expect(kept).toHaveLength(2);
  });

  it("names the holder of an object, and where its class is", async () => {
    post();
    const graph = await HeapGraph.capture();
    const [id] = graph.byType("Letter");
    const path = graph.retainingPath(id!);
    expect(String(path)).toContain('get("first")');
    expect(path!.steps.at(-1)!.id).toBe(id);
    expect(graph.retainingPaths(id!, { count: 1 }).map(String)).toEqual([String(path)]);
    expect(graph.pathsByRoot(id!).map(({ steps }) => steps.at(-1)!.id)).toContain(id);
    expect(String(graph.retainingPath(id!, { to: "Map" }))).not.toBe(String(path));
    const ignore = (): boolean => true;
    expect([graph.retainingPath(id!, { ignore }), graph.pathsByRoot(id!, { count: 0 })]).toEqual([
      undefined,
      [],
    ]);
    expect(graph.node(id!).location?.url).toContain("real-snapshots.gc.test.ts");
  });

  it("is not taken if it would not fit", async () => {
    const error: unknown = await HeapGraph.capture({ maxBytes: "1mb" }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(SnapshotTooLargeError);
    const { name, code, message, estimatedBytes, maxBytes } = error as SnapshotTooLargeError;
    expect([name, code, maxBytes]).toEqual(["SnapshotTooLargeError", "SNAPSHOT_TOO_LARGE", 1e6]);
    expect(message).toBe(
      `Cannot take heap snapshot: it needs about ${estimatedBytes} bytes, expected at most 1000000`,
    );
  });

  it("needs a host that can take one", async () => {
    for (const missing of [{ "node:v8": undefined }, v8Without("getHeapSnapshot")]) {
      withModules(missing);
      await expect(HeapGraph.capture()).rejects.toThrow(
        "Cannot take heap snapshot: the host has no v8.getHeapSnapshot, expected Node",
      );
    }
  });

  it("needs a bound that is one", async () => {
    for (const maxBytes of [-1, NaN, "many", "5 tb", ""]) {
      await expect(HeapGraph.capture({ maxBytes })).rejects.toThrow(RangeError);
    }
    await expect(HeapGraph.capture({ maxBytes: {} as never })).rejects.toThrow(
      "Cannot take heap snapshot: maxBytes is an object, expected bytes, a size such as '64mb'",
    );
    for (const maxBytes of [1e6, "1mb", "1m", "1000kB", "0.001gb", "0.0000001%"]) {
      await expect(HeapGraph.capture({ maxBytes })).rejects.toThrow(SnapshotTooLargeError);
    }
  });
});
