import { outsideContext } from "../outside-context.ts";
import { SYSTEM_CLOCK } from "./clock.ts";

type Later = (run: () => void, ms?: number) => unknown;

interface Host {
  readonly setImmediate?: Later;
  readonly setTimeout?: Later;
  readonly navigator?: { readonly userAgent?: string };
}

/** What tells of the end; undefined if it is a fake, which the library of fake timers marks. */
const original = /* @__PURE__ */ findOriginal();

let waiting: ((now: number) => void)[] = [];
let scheduledBy: Later | undefined;

/**
 * Runs `run` with the time by the machine's clock when the event loop comes to the end of its turn:
 * once for many pools, after all the loans and returns of the turn, outside every async context.
 *
 * What a pool does there it need not do at each loan. If the host has no means to tell of the end, or refuses
 * them, as in the global scope of a worker, it is the next microtask. With fake timers it is their
 * end or that of the real turn, whichever comes first: they may go before they have come to it.
 */
export function atTurnEnd(run: (now: number) => void): void {
  const later = findLater();
  // The fake timers of a test may have gone, and taken the end of their turn along.
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

/** The host has but a stand-in for `setImmediate`, as edge runtimes, or refuses all timers. */
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
    // It drops the timers of a request as soon as that is answered.
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
