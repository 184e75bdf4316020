/** Copies the traces that the command line names, and then does what its first word says. */
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { listTraces, spoolTraces } from "./trace-source.ts";

const [then, ...files] = process.argv.slice(2);
const before = process.memoryUsage();
const { traces } = await listTraces({ files });
const spooled = await spoolTraces(traces);
const folder = dirname(spooled.traces[0]!.path);
const { requests, keys } = spooled.traces[0]!;
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024 - before.rss / 2 ** 20);
const found = { folder, requests, keys, peakMb, files: readdirSync(folder) };
process.stdout.write(`${JSON.stringify(found)}\n`);
if (then === "throw") throw new Error("stop");
if (then === "exit") process.exit(3);
if (then === "wait") setInterval(() => undefined, 1_000);
if (then === "dispose") {
  await spooled[Symbol.asyncDispose]();
  process.stdout.write(`${JSON.stringify({ exists: existsSync(folder) })}\n`);
}
