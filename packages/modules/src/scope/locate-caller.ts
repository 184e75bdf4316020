import type { Location } from "@heapwise/leaks";

/** Frames that are looked at: a builtin such as `forEach` may be between a module and its timer. */
const FRAMES = 2;

let found: Location | undefined;

/**
 * The place that called a function. Takes 3 to 5 us, mostly for the capture of the stack. Reads
 * the place at once, because a captured stack keeps the functions and receivers of its frames, also
 * those of other modules.
 */
export function locateCaller(callee: (...values: never[]) => unknown): Location | undefined {
  const limit = Error.stackTraceLimit;
  // A module may have replaced it.
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: unknown } = {};
  found = undefined;
  try {
    Error.stackTraceLimit = FRAMES;
    Error.captureStackTrace(holder, callee);
    Error.prepareStackTrace = takeFirst;
    void holder.stack;
  } finally {
    Error.prepareStackTrace = prepare;
    Error.stackTraceLimit = limit;
  }
  return found;
}

function takeFirst(_error: unknown, sites: readonly NodeJS.CallSite[]): string {
  for (const site of sites) {
    const url = site.getFileName() ?? "node:";
    const line = site.getLineNumber();
    if (line === null || url.startsWith("node:")) continue;
    found = { url, line, column: site.getColumnNumber() ?? 1 };
    break;
  }
  return "";
}
