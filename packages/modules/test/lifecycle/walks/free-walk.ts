import { join } from "node:path";
import { ModuleHost, type LoadedModule, type ModuleLease } from "@heapwise/modules";
import { FakeClock } from "@heapwise/testkit";
import { FunctionBackend } from "../../../src/backends/function/function-backend.ts";
import { settled } from "../program.ts";
import { Dice } from "./dice.ts";
import { ModuleFiles, type Draft, type Exports } from "./module-files.ts";

const FAULTS: Readonly<Record<Draft["fault"], number>> = {
  none: 20,
  throws: 2,
  syntax: 1,
  "dispose throws": 1,
  missing: 1,
};

const STEPS = {
  load: 8,
  "load with signal": 3,
  abort: 2,
  reload: 8,
  unload: 4,
  "unload by force": 1,
  purge: 1,
  softPurge: 1,
  acquire: 6,
  release: 5,
  edit: 6,
  invalidate: 1,
  advance: 2,
  "open gate": 8,
  wait: 4,
} as const;

/** The errors with which calls may fail. */
const ALLOWED = new Set([
  "MODULE_LOAD",
  "MODULE_UNLOADED",
  "MODULE_RETAINED",
  "MODULE_HOST_DISPOSED",
  "stop",
]);

/**
 * Calls at the same time, with modules whose evaluation waits. Checks what must hold whatever
 * happens.
 */
export class FreeWalk {
  readonly files = new ModuleFiles(5);
  readonly log: string[] = [];
  readonly clock = new FakeClock();
  readonly host: ModuleHost;
  readonly #seed: number;
  readonly #gates: (() => void)[] = [];
  readonly #leases: ModuleLease<Exports>[] = [];
  readonly #calls = new Map<Promise<unknown>, string>();
  readonly #signals: AbortController[] = [];
  readonly #wrong: string[] = [];
  readonly #restore: () => void;
  #gating: Dice;
  #isGated = true;

  constructor(seed: number) {
    this.#seed = seed;
    this.#gating = new Dice(seed);
    this.#restore = this.#gateEvaluations();
    this.host = new ModuleHost({
      root: this.files.root,
      clock: this.clock,
      maxZombies: 1000,
      onError: (error) => {
        if (!/mishap|has not finished/.test(String(error))) this.#wrong.push(String(error));
      },
    });
    const dice = new Dice(seed);
    for (const name of this.files.names) {
      this.log.push(`${name}: ${JSON.stringify(this.files.edit(name, dice, FAULTS))}`);
    }
    // Listeners call the host in the middle of everything.
    for (const event of ["load", "reload", "unload", "error"] as const) {
      this.host.on(event, ({ module }) => {
        if (this.#gating.chance(0.2)) this.host.invalidate(join(this.files.root, module));
        if (this.#gating.chance(0.1)) this.#call(`load in ${event}`, this.host.load(`./${module}`));
        if (this.#gating.chance(0.05)) this.#call(`reload in ${event}`, this.host.reload(module));
      });
    }
  }

  /** Makes evaluations wait at random, as with a top-level `await`. */
  #gateEvaluations(): () => void {
    const { prepare } = FunctionBackend.prototype;
    const { names } = this.files;
    const wait = async (): Promise<void> => {
      if (!this.#isGated || !this.#gating.chance(0.4)) return;
      await new Promise<void>((resolve) => this.#gates.push(resolve));
    };
    FunctionBackend.prototype.prepare = async function (instance, linker) {
      const body = await prepare.call(this, instance, linker);
      if (names.includes(instance.spec.name)) {
        const { evaluate } = body;
        let result: Promise<void> | undefined;
        body.evaluate = () => (result ??= wait().then(() => evaluate.call(body)));
      }
      return body;
    };
    return () => {
      FunctionBackend.prototype.prepare = prepare;
    };
  }

  async run(steps: readonly number[]): Promise<string | undefined> {
    try {
      for (const step of steps) {
        this.#step(step);
        if (this.#gating.chance(0.5)) await settled();
        const wrong = this.#wrong[0] ?? this.#check();
        if (wrong !== undefined) return `step ${step}: ${wrong}`;
      }
      return await this.#end();
    } finally {
      this.#restore();
    }
  }

  #step(step: number): void {
    const dice = new Dice(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b));
    const name = dice.pick(this.files.names);
    const what = dice.weighted(STEPS);
    this.log.push(`${step}: ${what} ${name}`);
    const { host } = this;
    const drain = dice.pick([0, 50, 5000]);
    switch (what) {
      case "load":
        return this.#call(`${step}`, host.load(`./${name}`));
      case "load with signal": {
        const controller = new AbortController();
        this.#signals.push(controller);
        return this.#call(`${step}`, host.load(`./${name}`, { signal: controller.signal }));
      }
      case "abort":
        return dice.pick([...this.#signals, new AbortController()]).abort({ code: "stop" });
      case "reload":
        return this.#call(`${step}`, host.reload(name, { drain, carry: dice.chance(0.5) }));
      case "unload":
      case "unload by force": {
        const force = what !== "unload";
        return this.#call(`${step}`, host.unload(name, { drain, force, verify: false }));
      }
      case "purge":
        return this.#call(`${step}`, host.purge(name, { verify: false }));
      case "softPurge":
        return this.#softPurge(name);
      case "acquire":
        return this.#acquire(dice);
      case "release":
        this.#leases.splice(dice.below(this.#leases.length), 1)[0]?.release();
        return;
      case "edit":
        this.log.push(`  ${JSON.stringify(this.files.edit(name, dice, FAULTS))}`);
        return;
      case "invalidate":
        host.invalidate(join(this.files.root, name));
        return;
      case "advance":
        return this.clock.advance(dice.pick([10, 100, 6000]));
      case "open gate":
        this.#gates.splice(dice.below(this.#gates.length), 1)[0]?.();
        return;
      case "wait":
    }
  }

  #call(what: string, call: Promise<unknown>): void {
    this.#calls.set(call, what);
    call.then(
      () => this.#calls.delete(call),
      (error: unknown) => {
        this.#calls.delete(call);
        const { code } = error as { code?: string };
        if (!ALLOWED.has(code ?? "")) {
          this.#wrong.push(`${what}: ${String((error as Error).stack ?? error)}`);
        }
      },
    );
  }

  #softPurge(name: string): void {
    try {
      this.host.softPurge(name);
    } catch (error) {
      if ((error as { code?: string }).code !== "MODULE_UNLOADED") throw error;
    }
  }

  #acquire(dice: Dice): void {
    const handles = this.host.modules() as LoadedModule<Exports>[];
    if (handles.length === 0) return;
    const handle = dice.pick(handles);
    if (handle.isUsable) this.#leases.push(handle.acquire());
  }

  /** What must hold at any time. */
  #check(): string | undefined {
    for (const { name, text, ends } of this.files.runs) {
      if (ends > 1) return `the scope of text ${text} of ${name} has ended ${ends} times`;
    }
    for (const handle of this.host.modules() as LoadedModule<Exports>[]) {
      if (handle.exports.name !== handle.name) return `${handle.name} is ${handle.exports.name}`;
      const state: string = handle.state;
      if (state !== "active" && state !== "draining") return `${handle.name} is ${state}`;
    }
    return undefined;
  }

  /** Lets all calls end, and looks whether anything hangs or is left. */
  async #end(): Promise<string | undefined> {
    this.#isGated = false;
    for (let round = 0; round < 500 && this.#calls.size + this.#gates.length > 0; round++) {
      for (const open of this.#gates.splice(0)) open();
      await new Promise((resolve) => setTimeout(resolve));
      if (round % 20 === 19) this.clock.advance(6000);
    }
    if (this.#calls.size > 0) return `calls hang: ${[...this.#calls.values()].join()}`;
    for (const lease of this.#leases.splice(0)) lease.release();
    this.clock.advance(6000);
    await settled();
    return this.#wrong[0] ?? this.#check() ?? this.#checkIdle();
  }

  /** What must hold while nothing is under way. */
  #checkIdle(): string | undefined {
    const { modules } = this.host.graph();
    const key = (of: { name: string; version: number }): string => `${of.name} ${of.version}`;
    const reached = new Set(modules.filter(({ isLoaded }) => isLoaded).map(key));
    for (const each of reached) {
      const node = modules.find((other) => key(other) === each);
      for (const dependency of node?.dependencies ?? []) reached.add(key(dependency));
    }
    const stray = modules.filter((node) => !reached.has(key(node)));
    if (stray.length > 0) return `no root reaches ${stray.map(key).join()}`;
    const odd = modules.filter(({ state }) => state !== "active");
    if (odd.length > 0) return `${odd.map((node) => `${key(node)} is ${node.state}`).join()}`;
    // A version may be there that never ran: its importer failed before it, and is held by another.
    const held = modules.map(({ name }) => name);
    for (const { name, text, ends } of this.files.runs) {
      const at = held.indexOf(name);
      if (ends === 0 && at < 0) return `the scope of text ${text} of ${name} is open`;
      if (ends === 0) held.splice(at, 1);
    }
    return undefined;
  }
}
