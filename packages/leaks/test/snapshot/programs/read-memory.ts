import { setImmediate as nextTask } from "node:timers/promises";
import { HeapGraph } from "@heapwise/leaks/snapshot";

// Reads the file of the first argument, and prints by how many bytes the process grew. Run it with
// --expose-gc.

const settledBytes = async (): Promise<number> => {
  for (let round = 0; round < 3; round++) {
    await nextTask();
    gc!();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

// What the first reading of all makes, such as compiled code, is not counted.
const small = '{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],';
await HeapGraph.read(new Blob([small])).catch(() => {});
const before = await settledBytes();
const graph = await HeapGraph.read(process.argv[2]!);
const grownBytes = (await settledBytes()) - before;
const { nodeCount, edgeCount } = graph;
console.log(JSON.stringify({ nodeCount, edgeCount, grownBytes }));
