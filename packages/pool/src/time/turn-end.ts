import { outsideContext } from "../outside-context.ts";

type Later = (run: () => void, ms?: number) => unknown;

interface Host {
  readonly setImmediate?: Later;
  readonly setTimeout?: Later;
  readonly navigator?: { readonly userAgent?: string };
}

let waiting: (() => void)[] = [];
let scheduledBy: Later | undefined;

/**
 * Runs `run` when the event loop comes to the end of its turn: once for many pools, after all the
 * loans and returns of the turn, outside every async context.
 *
 * What a pool does there it need not do at each loan. If the host has no means to tell of the end, or refuses
 * them, as in the global scope of a worker, it is the next microtask.
 */
export function atTurnEnd(run: () => void): void {
  const { setImmediate, setTimeout, navigator } = globalThis as unknown as Host;
  // It drops the timers of a request as soon as that is answered.
  const dropsTimers = navigator?.userAgent === "Cloudflare-Workers";
  const later = dropsTimers ? inMicrotask : (setImmediate ?? setTimeout ?? inMicrotask);
  // The fake timers of a test may have gone, and taken the end of their turn along.
  if (waiting.push(run) > 1 && later === scheduledBy) return;
  scheduledBy = later;
  outsideContext(() => {
    try {
      later(endTurn, 0);
    } catch {
      inMicrotask(endTurn);
    }
  });
}

function inMicrotask(run: () => void): void {
  void Promise.resolve().then(run);
}

function endTurn(): void {
  const runs = waiting;
  waiting = [];
  for (const run of runs) run();
}
