import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dice } from "./dice.ts";

/** How a module is written: which text of it, what it requires, and how it fails. */
export interface Draft {
  readonly text: number;
  readonly requires: readonly string[];
  readonly fault: "none" | "throws" | "syntax" | "dispose throws" | "missing";
}

/** One run of the code of a module. */
export interface Run {
  readonly name: string;
  readonly text: number;
  /** How often its scope has ended. */
  ends: number;
}

/** The shape of the exports of each module. */
export interface Exports {
  readonly name: string;
  readonly text: number;
  readonly parts: Exports[];
}

/** Modules in a folder that change at random, and the record of what ran. */
export class ModuleFiles {
  readonly root: string;
  readonly names: readonly string[];
  readonly drafts = new Map<string, Draft>();
  readonly runs: Run[] = [];
  readonly #key: symbol;
  #texts = 0;

  constructor(count: number) {
    this.root = mkdtempSync(join(tmpdir(), "heapwise-walk-"));
    this.names = Array.from({ length: count }, (_, i) => `m${i}.js`);
    this.#key = Symbol.for(this.root);
    Reflect.set(globalThis, this.#key, (name: string, text: number, hot: unknown) => {
      this.#note(name, text, hot as { defer(run: () => void): void });
    });
  }

  #note(name: string, text: number, hot: { defer(run: () => void): void }): void {
    const run: Run = { name, text, ends: 0 };
    this.runs.push(run);
    hot.defer(() => void run.ends++);
  }

  /** Writes a module again, or removes it. */
  edit(name: string, dice: Dice, faults: Readonly<Record<Draft["fault"], number>>): Draft {
    const requires = this.names.filter(() => dice.chance(0.25));
    const draft: Draft = { text: ++this.#texts, requires, fault: dice.weighted(faults) };
    this.drafts.set(name, draft);
    this.#write(name, draft);
    return draft;
  }

  #write(name: string, { text, requires, fault }: Draft): void {
    const file = join(this.root, name);
    if (fault === "missing") {
      rmSync(file, { force: true });
      return;
    }
    const lines = [
      `exports.name = ${JSON.stringify(name)}; exports.text = ${text}; exports.parts = [];`,
      `globalThis[Symbol.for(${JSON.stringify(this.root)})](exports.name, exports.text, module.hot);`,
      ...requires.map((each) => `exports.parts.push(require("./${each}"));`),
      `module.hot.dispose(() => { ${fault === "dispose throws" ? 'throw new Error("mishap")' : ""} });`,
      fault === "throws" ? 'throw new Error("mishap");' : "",
      fault === "syntax" ? "const;" : "",
    ];
    writeFileSync(file, lines.join("\n"));
  }

  remove(): void {
    Reflect.deleteProperty(globalThis, this.#key);
    rmSync(this.root, { recursive: true });
  }
}
