import { HeapwiseModuleSentinel } from "../../proof/module-sentinel.ts";
import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { blame } from "./blame.ts";
import type { CompiledModule } from "./compile-module.ts";
import { EvaluationRecord } from "./evaluation-record.ts";
import { checkImported, ExportTable, type Imported, type Reexport } from "./export-table.ts";
import { FunctionBody, unitOf } from "./function-body.ts";
import { makeMeta } from "./make-meta.ts";
import { fillNamespace, makeNamespace, requiredOf, type Binding } from "./namespace.ts";
import type { SourceLines } from "./source-lines.ts";
import type { Passed, Resolution, Unit } from "./unit.ts";

/** What an import leads to: a module of the host, or one of the process. */
export type Target = ModuleInstance | Unit;

type Steps = Generator<undefined, void> | AsyncGenerator<undefined, void>;

/** An ES module as a generator: the first step makes its variables, the second one runs it. */
export class EsModuleBody extends FunctionBody {
  readonly isCommonJs = false;
  readonly record: EvaluationRecord;
  readonly needs: readonly { readonly instance: ModuleInstance; readonly isOptional: false }[];
  readonly #isAsync: boolean;
  #compiled: CompiledModule | undefined;
  #targets: readonly Target[];
  #imports: readonly Imported[] = [];
  #table: ExportTable | undefined;
  #namespace: object | undefined = makeNamespace();
  #required: unknown;
  #steps: Steps | undefined;
  #parked: Promise<unknown> | undefined;
  /** Whether names of imports or exports are known only once the imports are evaluated. */
  #isLate = false;
  #isLinked = false;
  #lines: SourceLines | undefined;
  #locals: ReadonlyMap<string, Binding> = new Map();

  constructor(
    instance: ModuleInstance,
    linker: Linker,
    compiled: CompiledModule,
    targets: readonly Target[],
  ) {
    super(instance, linker);
    this.#compiled = compiled;
    this.#targets = targets;
    this.#lines = compiled.lines;
    this.#isAsync = compiled.isAsync;
    const owned = targets.flatMap((target) => ("spec" in target ? target : []));
    this.needs = [...new Set(owned)].map((each) => ({ instance: each, isOptional: false }));
    this.record = new EvaluationRecord({
      isAsync: compiled.isAsync,
      required: () => this.#imports.flatMap(({ unit }) => unit.record ?? []),
      run: () => this.#run(),
      runAsync: () => this.#runAsync(),
      ended: () => this.#end(),
      failed: (error, isOwn) => this.#fail(error, isOwn),
    });
  }

  get exports(): unknown {
    return this.#namespace;
  }

  get namespace(): object {
    return this.#namespace!;
  }

  isOpen(passed: Set<object>): boolean {
    return this.#table!.isOpen(passed);
  }

  names(passed: Set<object>): Iterable<string> {
    return this.#table!.names(passed);
  }

  resolve(name: string, passed: Passed): Resolution {
    return this.#table!.resolve(name, passed);
  }

  /** @throws {SyntaxError} if an import or a re-export does not exist; then nothing was linked. */
  link(): Promise<unknown> | undefined {
    if (this.isReleased) void this.instance;
    const graph = this.#unlinked();
    const bodies = graph.filter((body) => !body.#isLinked);
    for (const body of bodies) body.#makeTable();
    for (const body of bodies) body.#check();
    for (const body of bodies) body.#isLinked = true;
    for (const body of bodies) body.#makeVariables();
    for (const body of bodies) body.#fill(!body.#isLate);
    const parked = graph.flatMap((body) => body.#parked ?? []);
    return parked.length === 0 ? undefined : Promise.all(parked);
  }

  requireNow(): unknown {
    const { name } = this.instance.spec;
    this.link();
    if (this.record.isEvaluating) {
      throw coded("ERR_REQUIRE_CYCLE_MODULE", `Cannot require() ES Module ${name} in a cycle.`);
    }
    if (this.record.hasToWait) {
      throw coded(
        "ERR_REQUIRE_ASYNC_MODULE",
        `require() cannot be used on an ESM graph with top-level await. Use import() instead: ${name}`,
      );
    }
    this.record.evaluateNow();
    this.#required ??= requiredOf(this.namespace);
    return this.#required;
  }

  override release(): void {
    super.release();
    this.#compiled = undefined;
    this.#targets = [];
    this.#imports = [];
    this.#table = undefined;
    this.#namespace = undefined;
    this.#required = undefined;
    this.#steps = undefined;
    this.#parked = undefined;
    this.#lines = undefined;
    this.#locals = new Map();
  }

  /** This module and those that it imports, up to those that are evaluated. */
  #unlinked(): EsModuleBody[] {
    const seen = new Set<EsModuleBody>([this]);
    for (const body of seen) {
      if (body.record.isEvaluated) continue;
      for (const target of body.#targets) {
        const unit = "spec" in target ? unitOf(target) : target;
        if (unit instanceof EsModuleBody) seen.add(unit);
      }
    }
    return [...seen];
  }

  #makeTable(): void {
    const { imports, exports } = this.#compiled!.code;
    this.#imports = imports.map(({ specifier, names }, i) => {
      const target = this.#targets[i]!;
      return { specifier, names, unit: "spec" in target ? unitOf(target) : target };
    });
    const locals = new Map<string, Binding>();
    const reexports = new Map<string, Reexport>();
    for (const { name, expression } of exports) {
      const { variable, property } = partsOf(expression);
      const from = this.#imports[imports.findIndex((each) => each.variable === variable)];
      if (from !== undefined) reexports.set(name, { from, name: property });
      else locals.set(name, { get: () => undefined });
    }
    const stars = this.#imports.filter((_, i) => imports[i]!.isStar);
    this.#locals = locals;
    this.#table = new ExportTable(locals, reexports, stars);
  }

  #check(): void {
    try {
      // Names of CommonJS modules are known once they are evaluated.
      this.#isLate = this.#table!.check();
      for (const each of this.#imports) this.#isLate = checkImported(each) || this.#isLate;
      this.#isLate ||= this.#table!.isOpen(new Set());
    } catch (error) {
      blame(error, this.instance, "link");
      throw error;
    }
  }

  /** Makes the variables of the module: functions have their values, all others none yet. */
  #makeVariables(): void {
    const { instance } = this;
    const { spec, version, scope } = instance;
    const sentinel = new HeapwiseModuleSentinel(`${spec.name} ${version}`);
    instance.prove(sentinel, spec.name);
    const dynamicImport = (specifier: unknown): Promise<unknown> => this.import(specifier);
    const link = (getters: readonly (() => unknown)[]): object[] => {
      for (const [i, binding] of [...this.#locals.values()].entries()) binding.get = getters[i]!;
      return this.#imports.map(({ unit }) => unit.namespace);
    };
    const code = this.#compiled!.wrapper(sentinel, [
      ...Object.values(scope.globals),
      link,
      dynamicImport,
      dynamicImport,
      makeMeta(instance, this.linker),
    ]);
    this.#compiled = undefined;
    this.#targets = [];
    this.#steps = Reflect.apply(code, undefined, []) as Steps;
    const first = this.#steps.next();
    if (!this.#isAsync) return;
    this.#parked = (first as Promise<unknown>).then(() => (this.#parked = undefined));
  }

  #fill(isFinal: boolean): void {
    fillNamespace(this.#namespace!, this.#table!.bindings(), isFinal);
  }

  /** Checks again open questions, once all imports are evaluated. */
  #complete(): void {
    if (!this.#isLate) return;
    this.#check();
    this.#fill(true);
    this.#isLate = false;
  }

  #run(): void {
    const steps = this.#steps!;
    this.#steps = undefined;
    try {
      this.#complete();
      this.linker.begin(this.instance);
      this.instance.scope.evaluate(() => void steps.next());
    } catch (error) {
      if (!this.isReleased) blame(error, this.instance, "evaluate", this.#lines);
      throw error;
    }
  }

  #runAsync(): Promise<unknown> {
    const steps = this.#steps!;
    this.#steps = undefined;
    try {
      this.#complete();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.linker.begin(this.instance);
    return this.instance.scope.evaluate(() => Promise.resolve(steps.next()));
  }

  #end(): void {
    this.#lines = undefined;
    const found = this.#locals.get("default")?.get();
    if (typeof found !== "function") return;
    const name = Object.getOwnPropertyDescriptor(found, "name");
    if (name?.value !== "__vite_ssr_export_default__") return;
    Object.defineProperty(found, "name", { value: "default" });
  }

  #fail(error: unknown, isOwn: boolean): void {
    if (this.isReleased) return;
    const { instance, linker } = this;
    if (isOwn) blame(error, instance, "evaluate", this.#lines);
    if (instance.batch === undefined) instance.hasFailed = true;
    this.#lines = undefined;
    this.#steps = undefined;
    void linker;
  }
}

/** The constant and the property that an export reads. */
function partsOf(expression: string): { variable: string; property: string | undefined } {
  const found = /^([^.[]+)(?:\.(.+)|\[(.+)\])?$/.exec(expression);
  const [, variable = expression, property, text] = found ?? [];
  return { variable, property: text === undefined ? property : (JSON.parse(text) as string) };
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
