type Later = (run: () => void, ms?: number) => unknown;

let waiting: (() => void)[] = [];

/**
 * Runs `run` when the event loop comes to the end of its turn: once for many pools, after all the
 * loans and returns of the turn. What a pool does there it need not do at each loan.
 */
export function atTurnEnd(run: () => void): void {
  if (waiting.push(run) > 1) return;
  const { setImmediate, setTimeout } = globalThis as unknown as Record<string, Later | undefined>;
  (setImmediate ?? setTimeout)!(endTurn, 0);
}

function endTurn(): void {
  const runs = waiting;
  waiting = [];
  for (const run of runs) run();
}
