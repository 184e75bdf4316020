type Later = (run: () => void, ms?: number) => unknown;

let waiting: (() => void)[] = [];
let scheduledBy: Later | undefined;

/**
 * Runs `run` when the event loop comes to the end of its turn: once for many pools, after all the
 * loans and returns of the turn. What a pool does there it need not do at each loan.
 */
export function atTurnEnd(run: () => void): void {
  const { setImmediate, setTimeout } = globalThis as unknown as Record<string, Later | undefined>;
  const later = (setImmediate ?? setTimeout)!;
  // The fake timers of a test may have gone, and taken the end of their turn along.
  if (waiting.push(run) > 1 && later === scheduledBy) return;
  scheduledBy = later;
  later(endTurn, 0);
}

function endTurn(): void {
  const runs = waiting;
  waiting = [];
  for (const run of runs) run();
}
