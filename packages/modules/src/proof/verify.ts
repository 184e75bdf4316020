import { explainProbes, statusOfProbes, type Probe, type RetainingPath } from "@heapwise/leaks";

/** What a proof found. */
export interface Proof {
  readonly reclaimed: "plainly" | "lazily" | false | undefined;
  readonly retained: readonly RetainingPath[];
}

/** Collects until all objects of the probes are gone, or finds what holds them. */
export async function verify(probes: readonly Probe[], how: boolean | "fast"): Promise<Proof> {
  if (how === false) return { reclaimed: undefined, retained: [] };
  const verdicts = await statusOfProbes(probes);
  if (verdicts.includes("live")) {
    const live = probes.filter((_, i) => verdicts[i] === "live");
    return { reclaimed: false, retained: how === "fast" ? [] : (await explainProbes(live)).flat() };
  }
  if (verdicts.includes("inconclusive")) return { reclaimed: undefined, retained: [] };
  return { reclaimed: verdicts.includes("collected-lazily") ? "lazily" : "plainly", retained: [] };
}
