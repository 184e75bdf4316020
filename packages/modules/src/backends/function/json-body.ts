import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { Linker } from "../backend.ts";
import { blame, originalOf } from "./blame.ts";
import { EvaluationRecord } from "./evaluation-record.ts";
import { FunctionBody } from "./function-body.ts";
import { fillNamespace, makeNamespace, type Binding } from "./namespace.ts";
import type { Resolution } from "./unit.ts";

/** A JSON file: the same value for all that import it, as the default export. */
export class JsonBody extends FunctionBody {
  readonly isCommonJs = false;
  readonly record: EvaluationRecord;
  #value: unknown;
  #namespace: object | undefined;
  readonly #binding: Binding = { get: () => this.#value };

  /** @throws {SyntaxError} that names the file. */
  constructor(instance: ModuleInstance, linker: Linker, text: string) {
    super(instance, linker);
    try {
      this.#value = JSON.parse(text);
    } catch (cause) {
      const error = new SyntaxError(`${instance.spec.file}: ${(cause as Error).message}`);
      blame(error, instance, "compile");
      throw error;
    }
    this.record = new EvaluationRecord({
      isAsync: false,
      required: () => [],
      run: () => linker.begin(instance),
      runAsync: () => Promise.resolve(),
      ended: () => {},
      failed: () => {},
    });
  }

  get exports(): unknown {
    return this.#value;
  }

  get namespace(): object {
    if (this.#namespace === undefined) {
      this.#namespace = makeNamespace();
      fillNamespace(this.#namespace, new Map([["default", this.#binding]]));
    }
    return this.#namespace;
  }

  isOpen(): boolean {
    return false;
  }

  names(): Iterable<string> {
    return ["default"];
  }

  resolve(name: string): Resolution {
    return name === "default" ? this.#binding : "missing";
  }

  link(): undefined {}

  requireNow(): unknown {
    try {
      this.record.evaluateNow();
    } catch (error) {
      throw originalOf(error);
    }
    return this.#value;
  }

  override release(): void {
    super.release();
    this.#value = undefined;
    this.#namespace = undefined;
  }
}
