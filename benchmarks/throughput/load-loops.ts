export type Loops = typeof import("./loops.ts");

/**
 * Loads a fresh copy of the compiled loops: another query is another module, which has its own type
 * feedback.
 */
export async function loadLoops(arm: string): Promise<Loops> {
  const url = new URL(`./loops.js?arm=${encodeURIComponent(arm)}`, import.meta.url);
  return (await import(url.href)) as Loops;
}
