/** How often each program runs. `npm run test:leaks-matrix` repeats them. */
export const REPEATS = Number(process.env["HEAPWISE_REPEATS"] ?? 1);
