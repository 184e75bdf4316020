import { reportError } from "../checks/report-error.ts";
import type { CacheTable } from "../table/cache-table.ts";
import { checkEntry, ownOptions, unreadEntries, type Snapshot } from "./snapshot.ts";

/**
 * Writes the entries of a snapshot to a new table, the coldest first. Observers are not called, and
 * nothing is counted. An entry that cannot be read is omitted; `onError` is called once with the
 * number of such entries.
 */
export function restoreSnapshot<K, V>(table: CacheTable<K, V>, snapshot: Snapshot<K, V>): void {
  const { weigh, maxWeight, onError } = table.settings;
  const { events } = table;
  table.events = undefined;
  // A copy, because `weigh` and `expires` may change the snapshot.
  const entries = [...snapshot.entries].reverse();
  const keepsWeight = weigh === undefined && maxWeight !== undefined;
  let unread = 0;
  let cause: unknown;
  table.batch(() => {
    for (const entry of entries) {
      try {
        const { key, value } = checkEntry(entry);
        table.write(key, value, ownOptions(entry, keepsWeight), true, entry);
      } catch (error) {
        unread++;
        // In the end this is the error of the first entry, because the coldest is read first.
        cause = error;
      }
    }
  });
  table.afterChange();
  table.stats.reset();
  table.events = events;
  if (unread > 0 && onError !== undefined) {
    reportError(unreadEntries(unread, entries.length, cause), onError);
  }
}
