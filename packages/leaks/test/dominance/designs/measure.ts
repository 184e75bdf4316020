import { readColumns } from "../../../src/graph/read-columns.ts";
import type { Design, Graph } from "./design.ts";
import { graphOf, lengauerTarjan, queueOf } from "./graphs.ts";
import { iterative } from "./iterative.ts";
import { semiNca } from "./semi-nca.ts";

// Compares the algorithms for dominators on heap snapshots and on a graph that two of them dislike:
//   npx tsx packages/leaks/test/dominance/designs/measure.ts FILE.heapsnapshot...

const ROUNDS = 7;
const DESIGNS: Readonly<Record<string, Design>> = {
  "Lengauer-Tarjan": lengauerTarjan,
  "semi-NCA": semiNca,
  iterative,
};

function measure(title: string, graph: Graph): void {
  console.log(`${title}: ${graph.count} nodes, ${graph.targets.length} edges`);
  const times = new Map(Object.keys(DESIGNS).map((name) => [name, [] as number[]]));
  let expected: Uint32Array | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, design] of Object.entries(DESIGNS)) {
      const start = process.cpuUsage();
      const dominators = design(graph);
      const { user, system } = process.cpuUsage(start);
      times.get(name)!.push((user + system) / 1000);
      expected ??= dominators;
      if (dominators.some((dominator, node) => dominator !== expected![node])) {
        throw new Error(`Cannot compare designs: ${name} differs, expected the same dominators`);
      }
    }
  }
  for (const [name, all] of times) {
    const [least, median] = [0, ROUNDS >> 1].map((at) => [...all].sort((a, b) => a - b)[at]!);
    console.log(
      `  ${name}: ${median!.toFixed(0)} ms of processor time, least ${least!.toFixed(0)}`,
    );
  }
}

for (const file of process.argv.slice(2)) measure(file, graphOf(await readColumns(file)));
for (const length of [10_000, 20_000, 40_000]) measure(`queue of ${length}`, queueOf(length));
