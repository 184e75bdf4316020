/** How often each program runs. `npm run test:leaks-matrix` repeats them. */
export const REPEATS = Number(process.env["HEAPWISE_REPEATS"] ?? 1);

/** The limit of time for what runs all programs of a theme, in milliseconds. */
export const LIMIT = 240_000 * REPEATS;
