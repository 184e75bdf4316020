import { outsideContext } from "../outside-context.ts";
import { SYSTEM_CLOCK } from "./clock.ts";

type Later = (run: () => void, ms?: number) => unknown;

interface Host {
  readonly setImmediate?: Later;
  readonly setTimeout?: Later;
  readonly navigator?: { readonly userAgent?: string };
}

/** The host's own function, or undefined if it was a fake at the import: such fakes have a mark. */
const original = /* @__PURE__ */ findOriginal();

let waiting: ((now: number) => void)[] = [];
let scheduledBy: Later | undefined;

/**
 * Calls `run` with the time of the machine's clock at the end of this turn of the event loop: once
 * for many pools, after all loans and returns of the turn, outside every async context.
 *
 * Work that a pool does there is not done for each loan. If the host has no suitable function or
 * refuses it, as in the global scope of a worker, `run` is called in the next microtask. With fake
 * timers it is called at the end of their turn or of the real turn, whichever comes first, because
 * fake timers may be removed before.
 */
export function atTurnEnd(run: (now: number) => void): void {
  const later = findLater();
  // If the fake timers of a test were removed, the end of their turn will not come.
  if (waiting.push(run) > 1 && later === scheduledBy) return;
  scheduledBy = later;
  outsideContext(() => {
    try {
      later(endTurn, 0);
      if (original !== undefined && original !== later) original(endTurn, 0);
    } catch {
      endRefusedTurn();
    }
  });
}

/**
 * For hosts whose `setImmediate` throws, such as edge runtimes, and hosts that refuse all timers.
 */
function endRefusedTurn(): void {
  try {
    (globalThis as unknown as Host).setTimeout!(endTurn, 0);
  } catch {
    inMicrotask(endTurn);
  }
}

function findLater(): Later {
  try {
    const { setImmediate, setTimeout, navigator } = globalThis as unknown as Host;
    // This host drops the timers of a request when the request is answered.
    const dropsTimers = navigator?.userAgent === "Cloudflare-Workers";
    return dropsTimers ? inMicrotask : (setImmediate ?? setTimeout ?? inMicrotask);
  } catch {
    return inMicrotask;
  }
}

function findOriginal(): Later | undefined {
  const later = findLater();
  return "clock" in later ? undefined : later;
}

function inMicrotask(run: () => void): void {
  void Promise.resolve().then(run);
}

function endTurn(): void {
  const runs = waiting;
  waiting = [];
  if (runs.length === 0) return;
  const now = SYSTEM_CLOCK.now();
  let failure: { readonly error: unknown } | undefined;
  for (const run of runs) {
    try {
      run(now);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
