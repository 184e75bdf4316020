import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ModuleInstance } from "../instances/module-instance.ts";
import type { HostParts } from "../lifecycle/host-parts.ts";
import { digestOf } from "../source/read-source.ts";
import { applyChanges } from "./apply-changes.ts";
import { FolderWatch } from "./folder-watch.ts";

/** Options of `ModuleHost.watch`. */
export interface WatchOptions {
  /** Milliseconds without a further change before modules are reloaded. 50 by default. */
  readonly debounce?: number | undefined;
}

/** The default of `debounce`. */
const DEBOUNCE = 50;

/**
 * Reloads modules of a host whose files change. Follows the graph: files of modules that are loaded
 * later join, those of unloaded ones leave.
 */
export class ModuleWatch implements Disposable {
  readonly #parts: HostParts;
  readonly #debounce: number;
  readonly #folders: FolderWatch;
  readonly #unfollow: () => void;
  /** Files that may have changed. */
  readonly #dirty = new Set<string>();
  /** Files that were found empty: an editor may be about to write them. */
  readonly #empty = new Set<string>();
  /** Addresses of modules that asked for a reload of their importers. */
  readonly #invalidated = new Set<string>();
  /** Changed files with which a reload failed. */
  readonly #failed = new Set<string>();
  /** Files that a failed reload may wait for. */
  readonly #wanted = new Set<string>();
  #cancel: (() => void) | undefined;
  #isFollowing = false;
  #isRunning = false;
  #isDue = false;
  #isOver = false;

  constructor(parts: HostParts, { debounce = DEBOUNCE }: WatchOptions) {
    this.#parts = parts;
    this.#debounce = debounce;
    this.#folders = new FolderWatch({ changed: (folder, file) => this.#note(folder, file) });
    this.#unfollow = parts.graph.onChange(() => this.#followSoon());
    this.#follow();
  }

  /** A module asked for a reload of its importers. */
  invalidate(url: string): void {
    if (this.#isOver) return;
    this.#invalidated.add(url);
    this.#schedule();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel?.();
    this.#unfollow();
    this.#folders.end();
  }

  /** Many modules come and go at once. */
  #followSoon(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    queueMicrotask(() => {
      this.#isFollowing = false;
      this.#follow();
    });
  }

  #follow(): void {
    if (this.#isOver) return;
    const folders = new Set<string>();
    for (const file of [...this.#files().keys(), ...this.#wanted]) folders.add(dirname(file));
    this.#folders.follow(folders);
  }

  /** The newest versions, by file. */
  #files(): Map<string, ModuleInstance> {
    const files = new Map<string, ModuleInstance>();
    for (const instance of this.#parts.graph) {
      const { file, url } = instance.spec;
      if (file === undefined || this.#parts.graph.newest(url) !== instance) continue;
      files.set(file, instance);
    }
    return files;
  }

  #note(folder: string, file: string | undefined): void {
    if (this.#isOver) return;
    const files = this.#files();
    if (file === undefined) {
      for (const each of files.keys()) if (dirname(each) === folder) this.#dirty.add(each);
    } else if (files.has(file) || this.#failed.size > 0 || isAbove(file, files)) {
      this.#dirty.add(file);
    }
    if (this.#dirty.size > 0) this.#schedule();
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = this.#parts.settings.clock.schedule(() => {
      this.#cancel = undefined;
      this.#isDue = true;
      if (!this.#isRunning) this.#parts.inBackground(this.#run());
    }, this.#debounce);
  }

  /** One run at a time: what changes meanwhile is looked at by the next one. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isDue && !this.#isOver) {
        this.#isDue = false;
        this.#follow();
        await this.#look();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #look(): Promise<void> {
    const dirty = new Set([...this.#dirty, ...this.#failed]);
    this.#dirty.clear();
    const changed = await this.#changedOf(dirty);
    const invalidated = new Set(this.#invalidated);
    this.#invalidated.clear();
    if (this.#isOver || changed.size + invalidated.size === 0) return;
    const errors = await applyChanges(this.#parts, {
      changed: new Set(changed.keys()),
      invalidated,
    });
    this.#failed.clear();
    this.#wanted.clear();
    if (errors.length === 0) return;
    for (const file of changed.values()) this.#failed.add(file);
    for (const error of errors) {
      const { module } = error as { module?: unknown };
      if (typeof module === "string") this.#wanted.add(join(this.#parts.settings.root, module));
    }
    this.#follow();
  }

  /** The modules whose text differs: files by address. A missing one is waited for. */
  async #changedOf(files: Iterable<string>): Promise<Map<string, string>> {
    const changed = new Map<string, string>();
    for (const file of files) {
      const digest = this.#files().get(file)?.digest;
      if (digest === undefined) continue;
      const text = await readFile(file, "utf8").catch(() => undefined);
      if (text === undefined) continue;
      if (text === "" && !this.#empty.delete(file)) {
        this.#empty.add(file);
        this.#dirty.add(file);
        this.#schedule();
        continue;
      }
      if (text !== "") this.#empty.delete(file);
      const newest = this.#files().get(file);
      if (newest !== undefined && newest.digest !== digestOf(text))
        changed.set(newest.spec.url, file);
    }
    return changed;
  }
}

/** Whether a file is a folder of others, which may come or go with it. */
function isAbove(file: string, files: ReadonlyMap<string, unknown>): boolean {
  for (const each of files.keys()) {
    if (each.length > file.length && each.startsWith(file) && /[\\/]/.test(each[file.length]!)) {
      return true;
    }
  }
  return false;
}
