import { isModuleNamespaceObject } from "node:util/types";
import { ModuleLoadError } from "../../host/errors.ts";
import type { ModuleBody } from "../../instances/module-instance.ts";
import type { ModuleSpec } from "../../resolution/module-spec.ts";
import { EvaluationRecord } from "./evaluation-record.ts";
import { bindingsOf, fillNamespace, makeNamespace, type Binding } from "./namespace.ts";
import type { Passed, Resolution, Unit } from "./unit.ts";

/** A module of the process, which is evaluated already. */
export class ProcessUnit implements Unit {
  readonly record = undefined;
  readonly isCommonJs = false;
  readonly namespace: object;
  readonly #bindings: ReadonlyMap<string, Binding>;

  /** @param exports A namespace, or what `require` gave. */
  constructor(exports: unknown) {
    if (isNamespace(exports)) {
      this.namespace = exports;
      this.#bindings = bindingsOfNamespace(exports);
    } else {
      this.namespace = makeNamespace();
      this.#bindings = bindingsOf(exports);
      fillNamespace(this.namespace, this.#bindings);
    }
  }

  isOpen(): boolean {
    return false;
  }

  names(): Iterable<string> {
    return this.#bindings.keys();
  }

  resolve(name: string, _passed: Passed): Resolution {
    return this.#bindings.get(name) ?? "missing";
  }

  link(): undefined {}

  requireNow(): unknown {
    return this.namespace;
  }
}

/** A module of the host that another backend runs. Its names are known once it was evaluated. */
export class ForeignUnit implements Unit {
  readonly isCommonJs = false;
  readonly namespace: object = makeNamespace();
  readonly record: EvaluationRecord;
  readonly #body: ModuleBody;
  readonly #spec: ModuleSpec;
  #bindings: ReadonlyMap<string, Binding> | undefined;

  constructor(body: ModuleBody, spec: ModuleSpec) {
    this.#body = body;
    this.#spec = spec;
    this.record = new EvaluationRecord({
      isAsync: true,
      required: () => [],
      run: () => {},
      runAsync: () => body.evaluate(),
      ended: () => this.#end(),
      failed: () => {},
    });
  }

  isOpen(): boolean {
    return this.#bindings === undefined;
  }

  names(): Iterable<string> {
    return this.#bindings?.keys() ?? [];
  }

  resolve(name: string, _passed: Passed): Resolution {
    if (this.#bindings === undefined) return "later";
    return this.#bindings.get(name) ?? "missing";
  }

  link(): undefined {}

  requireNow(): unknown {
    if (this.#bindings === undefined) {
      const { name } = this.#spec;
      if (this.#body.evaluateNow === undefined) {
        throw new ModuleLoadError(
          `Cannot require module "${name}": its backend has to wait for it, expected import()`,
          { module: name, version: 0, phase: "link" },
        );
      }
      this.#body.evaluateNow();
    }
    return this.#body.exports;
  }

  #end(): void {
    const { exports } = this.#body;
    this.#bindings = isNamespace(exports) ? bindingsOfNamespace(exports) : bindingsOf(exports);
    fillNamespace(this.namespace, this.#bindings);
  }
}

function isNamespace(value: unknown): value is object {
  return isModuleNamespaceObject(value);
}

function bindingsOfNamespace(namespace: object): Map<string, Binding> {
  const names = namespace as Record<string, unknown>;
  return new Map(Object.keys(names).map((name) => [name, { get: () => names[name] }]));
}
