import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleHost, type ModuleHostEvents, type ModuleHostOptions } from "@heapwise/modules";
import { FakeClock } from "@heapwise/testkit";
import { onTestFinished } from "vitest";

/** A folder with modules, and a host of them with a clock that tests move. */
export class Program {
  readonly root: string;
  readonly clock = new FakeClock();
  readonly host: ModuleHost;
  /** Errors that no call could report. */
  readonly errors: unknown[] = [];
  /** What modules wrote by `log`. */
  readonly log: string[];
  /** Names of events, with module and version. */
  readonly events: string[] = [];

  constructor(files: Readonly<Record<string, string>>, options: ModuleHostOptions = {}) {
    this.root = mkdtempSync(join(tmpdir(), "heapwise-modules-"));
    const key = `log of ${this.root}`;
    this.log = [];
    Reflect.set(globalThis, Symbol.for(key), (text: unknown) => void this.log.push(String(text)));
    this.#prelude = `const log = globalThis[Symbol.for(${JSON.stringify(key)})]; `;
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    this.host = new ModuleHost({
      root: this.root,
      clock: this.clock,
      onError: (error) => void this.errors.push(error),
      ...options,
    });
    for (const name of ["load", "reload", "unload", "reclaimed", "retained", "error"] as const) {
      this.host.on(name, (event: ModuleHostEvents[typeof name]) => {
        this.events.push(`${name} ${event.module} ${event.version}`);
      });
    }
    onTestFinished(async () => {
      await this.end();
      Reflect.deleteProperty(globalThis, Symbol.for(key));
      rmSync(this.root, { recursive: true });
    });
  }

  readonly #prelude: string;

  /** Writes a module, which may call `log`. */
  write(name: string, text: string): void {
    writeFileSync(join(this.root, name), this.#prelude + text);
  }

  /** Writes a file as it is. */
  writeText(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  /** Disposes of the host, while the time goes on. */
  async end(): Promise<void> {
    let isDone = false;
    const disposal = this.host[Symbol.asyncDispose]().finally(() => (isDone = true));
    while (!isDone) {
      await settled();
      this.clock.advance(1000);
    }
    await disposal;
  }

  remove(name: string): void {
    rmSync(join(this.root, name));
  }

  /** The versions that the host holds, such as `a.js 1`. */
  held(): string[] {
    return this.host
      .graph()
      .modules.map(({ name, version }) => `${name} ${version}`)
      .sort();
  }
}

/** Lets all that does not wait for the clock happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until something holds that the system or the clock does not decide at once. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve));
}
