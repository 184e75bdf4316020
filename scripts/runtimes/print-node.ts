import { fetchRuntime, NODES } from "./fetch-runtime.ts";

// Prints the path of the Node of a major version, and installs it first if it is missing.
const major = process.argv[2] ?? "";
const runtime = NODES.find((name) => name === `node${major}`);
try {
  if (runtime === undefined) {
    const known = NODES.map((name) => name.slice("node".length));
    throw new RangeError(`no Node "${major}", expected ${known.join(" or ")}`);
  }
  console.log(fetchRuntime(runtime));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
