import type { Spread } from "../statistics.ts";

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** A number of entries: 1k, 18.7k, 1M. */
export function formatEntries(entries: number): string {
  return COMPACT.format(entries).replace("K", "k");
}

/** A ratio with the quartiles of its rounds. */
export function formatSpread({ median, lower, upper }: Spread): string {
  return `${median.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`;
}

/** A share as a percentage with one decimal. */
export function formatPercent(share: number): string {
  return (100 * share).toFixed(1);
}

/** Milliseconds with as many decimals as matter. */
export function formatMs(ms: number): string {
  return ms >= 10 ? ms.toFixed(0) : ms.toFixed(ms >= 1 ? 1 : 2);
}

/** Bytes in the unit that fits: B, KB (1000 B) or MB. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return size >= 1e3 ? `${(bytes / 1e3).toFixed(1)} KB` : `${bytes.toFixed(0)} B`;
}
