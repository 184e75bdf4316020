/** How often each address was loaded by hosts of this process. */
const counts = new Map<string, number>();

/**
 * Counts a load of an address by Node's loader, in all hosts of the process: 1 for the first. Node
 * keeps all that it loaded, so that each further version needs an address of its own.
 */
export function countVersion(url: string): number {
  const count = (counts.get(url) ?? 0) + 1;
  counts.set(url, count);
  return count;
}

/** The address of a version: that of the module for the first, with `?v=2` for the second. */
export function versionedUrl(url: string, count: number): string {
  if (count === 1) return url;
  const versioned = new URL(url);
  versioned.searchParams.set("v", String(count));
  return versioned.href;
}
