import { join } from "node:path";
import { ModuleHost, type LoadedModule, type ModuleLease } from "@heapwise/modules";
import { FakeClock } from "@heapwise/testkit";
import { settled } from "../program.ts";
import { Dice } from "./dice.ts";
import { ModuleFiles, type Draft, type Exports } from "./module-files.ts";
import { ModuleModel, type ModelInstance } from "./module-model.ts";

interface HeldLease {
  readonly name: string;
  readonly lease: ModuleLease<Exports>;
  readonly version: { readonly instance: ModelInstance; leases: number };
}

const FAULTS: Readonly<Record<Draft["fault"], number>> = {
  none: 24,
  throws: 1,
  syntax: 1,
  "dispose throws": 1,
  missing: 1,
};

const STEPS = {
  load: 6,
  reload: 8,
  unload: 3,
  "unload by force": 1,
  purge: 1,
  softPurge: 1,
  acquire: 4,
  release: 4,
  edit: 8,
  invalidate: 2,
  advance: 2,
} as const;

/** Calls one after the other, each compared with the model. */
export class ExactWalk {
  readonly files = new ModuleFiles(5);
  readonly log: string[] = [];
  readonly clock = new FakeClock();
  readonly host: ModuleHost;
  readonly #model = new ModuleModel(this.files);
  readonly #leases: HeldLease[] = [];
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    const onError = (error: unknown): void => {
      if (!String(error).includes("mishap")) this.log.push(`onError: ${String(error)}`);
    };
    this.host = new ModuleHost({
      root: this.files.root,
      clock: this.clock,
      maxZombies: 1000,
      onError,
    });
    const dice = new Dice(seed);
    for (const name of this.files.names) {
      this.log.push(`${name}: ${JSON.stringify(this.files.edit(name, dice, FAULTS))}`);
    }
  }

  /** Returns the first mistake, or undefined. */
  async run(steps: readonly number[]): Promise<string | undefined> {
    for (const step of steps) {
      const wrong = (await this.#step(step)) ?? (await this.#check());
      if (wrong !== undefined) return `step ${step}: ${wrong}`;
    }
    for (const { lease } of this.#leases.splice(0)) lease.release();
    return undefined;
  }

  async #step(step: number): Promise<string | undefined> {
    const dice = new Dice(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b));
    const name = dice.pick(this.files.names);
    const what = dice.weighted(STEPS);
    this.log.push(`${step}: ${what} ${name}`);
    switch (what) {
      case "load": {
        const expected = this.#model.load(name) ? "done" : "failed";
        return await this.#await(this.host.load(`./${name}`), expected, false);
      }
      case "reload": {
        const expected = this.#model.reload(name);
        const call = this.host.reload(name, { drain: 100 });
        return await this.#await(call, expected, expected === "refused");
      }
      case "unload":
      case "unload by force": {
        const force = what !== "unload";
        const waits = this.#model.isLeased(name);
        const expected = this.#model.unload(name, force);
        const call = this.host.unload(name, { drain: 100, force, verify: false });
        return await this.#await(call, expected, waits);
      }
      case "purge": {
        const call = this.host.purge(name, { verify: false });
        return await this.#await(call, this.#model.purge(name), false);
      }
      case "softPurge":
        return this.#same(this.#softPurge(name), this.#model.softPurge(name));
      case "acquire":
        return this.#acquire(name);
      case "release":
        return this.#release(dice);
      case "edit":
        this.log.push(`  ${JSON.stringify(this.files.edit(name, dice, FAULTS))}`);
        return undefined;
      case "invalidate": {
        const names = this.host.invalidate(join(this.files.root, name));
        return this.#same(names.sort().join(), this.#model.invalidate(name).sort().join());
      }
      case "advance":
        this.clock.advance(100);
        await settled();
        this.#model.passDrain();
        return undefined;
    }
  }

  /** Waits for a call, and compares its outcome. */
  async #await(
    call: Promise<unknown>,
    expected: string,
    waitsForLeases: boolean,
  ): Promise<string | undefined> {
    let outcome: string | undefined;
    call.then(
      () => (outcome = "done"),
      (error: unknown) => (outcome = outcomeOf(error)),
    );
    await settled();
    if (waitsForLeases) this.clock.advance(100);
    // Files are read.
    for (let round = 0; outcome === undefined && round < 5000; round++) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    return this.#same(outcome ?? "hangs", expected);
  }

  #softPurge(name: string): string {
    try {
      return this.host.softPurge(name).purged ? "done" : "refused";
    } catch (error) {
      return outcomeOf(error);
    }
  }

  #acquire(name: string): undefined {
    const handle = this.host.modules().find((each) => each.name === name) as
      LoadedModule<Exports> | undefined;
    const root = this.#model.roots.get(name);
    if (handle === undefined || root === undefined) return;
    root.active.leases++;
    this.#leases.push({ name, lease: handle.acquire(), version: root.active });
  }

  async #release(dice: Dice): Promise<undefined> {
    if (this.#leases.length === 0) return;
    const [{ name, lease, version }] = this.#leases.splice(dice.below(this.#leases.length), 1) as [
      HeldLease,
    ];
    lease.release();
    this.#model.release(name, version);
    await settled();
  }

  async #check(): Promise<string | undefined> {
    await settled();
    const held = this.host
      .graph()
      .modules.map(({ name }) => name)
      .sort();
    const wrong =
      this.#same(held.join(" "), this.#model.held().join(" ")) ??
      this.#same(
        this.host
          .modules()
          .map(({ name }) => name)
          .sort()
          .join(" "),
        [...this.#model.roots.keys()].sort().join(" "),
      );
    if (wrong !== undefined) return wrong;
    for (const handle of this.host.modules() as LoadedModule<Exports>[]) {
      const { instance } = this.#model.roots.get(handle.name)!.active;
      const difference = compare(handle.exports, instance);
      if (difference !== undefined) return difference;
    }
    for (const { name, text, ends } of this.files.runs) {
      if (ends > 1) return `the scope of text ${text} of ${name} has ended ${ends} times`;
    }
    const open = this.files.runs.filter(({ ends }) => ends === 0).length;
    return open > held.length ? `${open} scopes are open of ${held.length} versions` : undefined;
  }

  #same(found: string, expected: string): string | undefined {
    if (found === expected) return undefined;
    return `found ${found}, expected ${expected}`;
  }
}

function outcomeOf(error: unknown): string {
  const { code } = error as { code?: string };
  const names: Record<string, string> = {
    MODULE_LOAD: "failed",
    MODULE_RETAINED: "refused",
    MODULE_UNLOADED: "unloaded",
  };
  return names[code ?? ""] ?? String(error);
}

/** Compares the texts of a module and of all that it has got from others. */
function compare(exports: Exports, instance: ModelInstance): string | undefined {
  const pairs = new Map<Exports, ModelInstance>([[exports, instance]]);
  for (const [found, expected] of pairs) {
    const texts = [found, ...found.parts].map(({ name, text }) => `${name} ${text}`).join();
    const wanted = [expected, ...expected.parts].map(({ name, draft }) => `${name} ${draft.text}`);
    if (texts !== wanted.join()) return `found ${texts}, expected ${wanted.join()}`;
    found.parts.forEach((part, i) => {
      if (!pairs.has(part)) pairs.set(part, expected.parts[i]!);
    });
  }
  return undefined;
}
