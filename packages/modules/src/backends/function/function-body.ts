import { ModuleUnloadedError } from "../../host/errors.ts";
import type { ModuleBody, ModuleInstance } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { loadErrorOf, originalOf } from "./blame.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import { ForeignUnit, ProcessUnit } from "./foreign-unit.ts";
import type { Passed, Resolution, Unit } from "./unit.ts";

const foreign = new WeakMap<ModuleBody, ForeignUnit>();

/** A module of the function backend: what the host and other modules can do with it. */
export abstract class FunctionBody implements ModuleBody, Unit {
  abstract readonly record: EvaluationRecord;
  abstract readonly exports: unknown;
  abstract readonly namespace: object;
  abstract readonly isCommonJs: boolean;
  abstract isOpen(passed: Set<object>): boolean;
  abstract names(passed: Set<object>): Iterable<string>;
  abstract resolve(name: string, passed: Passed): Resolution;
  abstract link(): Promise<unknown> | undefined;
  abstract requireNow(): unknown;

  #instance: ModuleInstance | undefined;
  readonly #linker: Linker;
  readonly #name: string;
  readonly #version: number;

  constructor(instance: ModuleInstance, linker: Linker) {
    this.#instance = instance;
    this.#linker = linker;
    this.#name = instance.spec.name;
    this.#version = instance.version;
  }

  protected get linker(): Linker {
    return this.#linker;
  }

  /** @throws {ModuleUnloadedError} if the code was let go of, but something still runs it. */
  protected get instance(): ModuleInstance {
    if (this.#instance === undefined) {
      throw new ModuleUnloadedError("use module", this.#name, this.#version);
    }
    return this.#instance;
  }

  protected get isReleased(): boolean {
    return this.#instance === undefined;
  }

  async evaluate(): Promise<void> {
    const { instance } = this;
    try {
      await evaluateUnit(this);
    } catch (error) {
      throw loadErrorOf(error, instance);
    } finally {
      markFailures(instance);
    }
  }

  evaluateNow(): void {
    const { instance } = this;
    try {
      this.requireNow();
    } catch (error) {
      throw loadErrorOf(error, instance);
    } finally {
      markFailures(instance);
    }
  }

  release(): void {
    this.#instance = undefined;
    this.record.clear();
  }

  /** What `require` of a specifier gives; errors are those that Node throws. */
  protected require(specifier: string): unknown {
    const { instance, linker } = this;
    try {
      const dependency = linker.dependency(instance, specifier, "require");
      if (dependency.owner === "process") {
        return linker.processExports(instance, dependency.spec, "require");
      }
      const target = dependency.instance;
      const { body } = target;
      if (body instanceof FunctionBody && body.isCommonJs && body.record.failure !== undefined) {
        // `require` runs a module that threw once more.
        target.body = target.preparation = undefined;
      }
      linker.prepareNow(target);
      return unitOf(target).requireNow();
    } catch (error) {
      const original = originalOf(error);
      // `require.resolve` has another code.
      if (specifier.startsWith("node:") && isMissing(original)) {
        original.code = "ERR_UNKNOWN_BUILTIN_MODULE";
      }
      throw original;
    }
  }

  /** What `import()` of a specifier gives. */
  protected async import(specifier: unknown): Promise<unknown> {
    const { instance, linker } = this;
    // A symbol throws here, as in Node.
    const text = `${specifier as string}`;
    try {
      const dependency = linker.dependency(instance, text, "import");
      if (dependency.owner === "process") {
        const exports = await linker.processExports(instance, dependency.spec, "import");
        return new ProcessUnit(exports).namespace;
      }
      await linker.prepare(dependency.instance);
      // Throws if this version was unloaded in the meantime.
      linker.dependency(this.instance, text, "import");
      const unit = unitOf(dependency.instance);
      await evaluateUnit(unit);
      return unit.namespace;
    } catch (error) {
      throw originalOf(error);
    }
  }
}

/** What other modules need to know of a module that is prepared. */
export function unitOf(instance: ModuleInstance): Unit {
  const body = instance.body!;
  if (body instanceof FunctionBody) return body;
  let unit = foreign.get(body);
  if (unit === undefined) foreign.set(body, (unit = new ForeignUnit(body, instance.spec)));
  return unit;
}

/** Runs a module and its imports; errors are those that were thrown. */
async function evaluateUnit(unit: Unit): Promise<void> {
  const parked = unit.link();
  if (parked !== undefined) await parked;
  await unit.record?.evaluate();
}

/** Marks the modules that threw, so that later loads make other versions of them. */
function markFailures(root: ModuleInstance): void {
  const seen = new Set([root]);
  for (const instance of seen) {
    const { body } = instance;
    if (!(body instanceof FunctionBody)) continue;
    if (body.record.failure !== undefined) instance.hasFailed = true;
    for (const dependency of instance.dependencies.values()) seen.add(dependency);
  }
}

function isMissing(error: unknown): error is { code: string } {
  return (error as { code?: unknown } | null | undefined)?.code === "MODULE_NOT_FOUND";
}
