/** Copies the traces on the command line, and then does the action that its first word names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { listTraces, spoolTraces } from "./trace-source.ts";

const [then, ...files] = process.argv.slice(2);
const before = process.memoryUsage();
const { traces } = await listTraces({ files });
const spooled = await spoolTraces(traces);
const folder = dirname(spooled.traces[0]!.path);
const { requests, keys } = spooled.traces[0]!;
const peakMb = Math.round((peakBytes() - before.rss) / 2 ** 20);
const found = { folder, requests, keys, peakMb, files: readdirSync(folder) };
process.stdout.write(`${JSON.stringify(found)}\n`);
if (then === "throw") throw new Error("stop");
if (then === "exit") process.exit(3);
if (then === "wait") setInterval(() => undefined, 1_000);
if (then === "dispose") {
  await spooled[Symbol.asyncDispose]();
  process.stdout.write(`${JSON.stringify({ exists: existsSync(folder) })}\n`);
}

/**
 * The most memory that this process has taken. On Linux the value of `resourceUsage` starts with
 * the memory of the parent.
 */
function peakBytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "latin1");
    return 2 ** 10 * Number(/VmHWM:\s*(\d+)/.exec(status)![1]);
  } catch {
    return 2 ** 10 * process.resourceUsage().maxRSS;
  }
}
