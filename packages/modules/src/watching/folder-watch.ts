import { statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";

interface OpenFolder {
  readonly watcher: FSWatcher;
  /** Tells a folder from another one that was made in its place. */
  readonly inode: bigint;
}

/** The events of a `FolderWatch`. */
export interface FolderEvents {
  /** A file of a folder may have changed; or any of its files, if no name is known. */
  readonly changed: (folder: string, file: string | undefined) => void;
}

/**
 * Watches folders, since editors write by renaming a file into its place. A folder that is missing
 * is waited for in the nearest folder above it. Keeps no process alive.
 */
export class FolderWatch {
  readonly #events: FolderEvents;
  readonly #open = new Map<string, OpenFolder>();

  constructor(events: FolderEvents) {
    this.#events = events;
  }

  /** Watches these folders, and no others. Looks for those that were made again. */
  follow(folders: ReadonlySet<string>): void {
    const wanted = new Map<string, bigint>();
    for (const folder of folders) {
      const [nearest, inode] = nearestFolder(folder);
      wanted.set(nearest, inode);
    }
    for (const [folder, { watcher, inode }] of this.#open) {
      if (wanted.get(folder) === inode) continue;
      watcher.close();
      this.#open.delete(folder);
    }
    for (const [folder, inode] of wanted) {
      if (!this.#open.has(folder)) this.#start(folder, inode);
    }
  }

  end(): void {
    for (const { watcher } of this.#open.values()) watcher.close();
    this.#open.clear();
  }

  #start(folder: string, inode: bigint): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, name) => {
        // A folder that is removed tells its own name.
        const isThere = nearestFolder(folder)[1] === inode;
        this.#events.changed(folder, name === null || !isThere ? undefined : join(folder, name));
      });
      watcher.on("error", () => {
        watcher.close();
        this.#open.delete(folder);
        this.#events.changed(folder, undefined);
      });
      this.#open.set(folder, { watcher, inode });
    } catch {
      // It has just been removed: the next look finds the folder above it.
      return;
    }
    // What changed before is not told.
    this.#events.changed(folder, undefined);
  }
}

function nearestFolder(folder: string): [string, bigint] {
  for (let at = folder; ; at = dirname(at)) {
    const found = statSync(at, { bigint: true, throwIfNoEntry: false });
    if (found?.isDirectory() === true) return [at, found.ino];
    if (at === dirname(at)) return [at, 0n];
  }
}
