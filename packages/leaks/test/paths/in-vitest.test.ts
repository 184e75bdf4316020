import { readFile } from "node:fs/promises";
import { getHeapSnapshot } from "node:v8";
import { expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { findPathsByRoot } from "../../src/paths/find-paths.ts";

// Types, which the runner takes out, so that lines and columns of the evaluated code are others.
interface Options {
  readonly first: string;
  readonly second: number;
}

class HeldByTestModule {
  readonly options: Options | undefined = undefined;
}
class HeldByListener {
  readonly field = 1;
}

const heldObjects: Map<string, HeldByTestModule> = new Map();

async function placeOf(text: string): Promise<number> {
  const lines = (await readFile(import.meta.filename, "utf8")).split("\n");
  return lines.findIndex((line) => line.startsWith(text)) + 1;
}

it("a variable of a module that Vitest evaluated is the one holder, at lines of the source", async () => {
  heldObjects.set("key", new HeldByTestModule());
  const listener = makeListener();
  process.on("SIGUSR2", listener);
  try {
    const graph = new Graph(await readColumns(getHeapSnapshot()));
    const pathsTo = (type: string): string[] => {
      const nodes = Array.from({ length: graph.nodeCount }, (_, node) => node);
      const node = nodes.find((candidate) => graph.typeOf(candidate) === type)!;
      return findPathsByRoot(graph, node, { isLive: true }).map(String);
    };
    const file = "packages/leaks/test/paths/in-vitest.test.ts";
    const line = await placeOf("class HeldByTestModule");
    const [path, ...others] = pathsTo("HeldByTestModule");
    expect(others).toEqual([]);
    expect(path!.replaceAll("\\", "/")).toMatch(
      new RegExp(
        `^module: ${file}, variable .*\`heldObjects\`.* → Map\n` +
          `  .get\\("key"\\) → HeldByTestModule \\(${file}:${line}:\\d+\\)$`,
      ),
    );
    const [listening] = pathsTo("HeldByListener");
    const place = `${file}:${(await placeOf("function makeListener")) + 2}`;
    expect(listening!.replaceAll("\\", "/")).toContain(
      `listener: process.on("SIGUSR2") → closure onSignal (${place}:`,
    );
  } finally {
    process.off("SIGUSR2", listener);
    heldObjects.clear();
  }
});

function makeListener(): () => void {
  const held = new HeldByListener();
  return function onSignal() {
    String(held);
  };
}
