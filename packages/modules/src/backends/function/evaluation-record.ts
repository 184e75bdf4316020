/** Runs the code of one module. */
export interface Code {
  /** The modules that it imports, in the order of its text. */
  required(): readonly EvaluationRecord[];
  /** Whether it has to be waited for: it has `await` outside of functions. */
  readonly isAsync: boolean;
  /** Runs code that is not asynchronous. */
  run(): void;
  /** Runs code that is asynchronous. */
  runAsync(): Promise<unknown>;
  /** Called once its code has run to the end. */
  ended(): void;
  /** Called once it cannot be used, with whether its own asynchronous code threw. */
  failed(error: unknown, isOwn: boolean): void;
}

/** A promise with its functions. */
interface Capability {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

let asyncOrder = 0;

/**
 * The state of one module in the algorithm by which modules are evaluated (ECMAScript 2026,
 * 16.2.1.6, "Cyclic Module Records"): each once, dependencies first, and those that wait next to
 * each other.
 */
export class EvaluationRecord {
  readonly code: Code;
  #status: "linked" | "evaluating" | "evaluating-async" | "evaluated" = "linked";
  #failure: { readonly error: unknown } | undefined;
  #index = 0;
  #ancestor = 0;
  #cycleRoot: EvaluationRecord | undefined;
  /** A number while the module waits, or waits for others. */
  #order: number | undefined;
  #waitingFor = 0;
  #parents: EvaluationRecord[] = [];
  #capability: Capability | undefined;

  constructor(code: Code) {
    this.code = code;
  }

  get isEvaluating(): boolean {
    return this.#status === "evaluating";
  }

  get isEvaluated(): boolean {
    return this.#status === "evaluated";
  }

  /** The error with which the evaluation ended, if it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Evaluates the module and its imports, and returns the same promise each time. */
  evaluate(): Promise<void> {
    const hasEntered = this.#status === "evaluating-async" || this.#status === "evaluated";
    const root = hasEntered ? (this.#cycleRoot ?? this) : this;
    if (root !== this) return root.evaluate();
    if (this.#capability !== undefined) return this.#capability.promise;
    const capability = (this.#capability = makeCapability());
    const stack: EvaluationRecord[] = [];
    try {
      this.#enter(stack, 0);
      if (this.#order === undefined) capability.resolve();
    } catch (error) {
      fail(stack, error);
      capability.reject(error);
    }
    return capability.promise;
  }

  /**
   * Evaluates the module and its imports, if nothing of it has to be waited for.
   * @throws the error of the evaluation.
   */
  evaluateNow(): void {
    const stack: EvaluationRecord[] = [];
    try {
      this.#enter(stack, 0);
    } catch (error) {
      fail(stack, error);
      throw error;
    }
  }

  /** Whether something that is not evaluated yet has to be waited for. */
  get hasToWait(): boolean {
    const seen = new Set<EvaluationRecord>([this]);
    for (const record of seen) {
      if (record.#status === "evaluated") continue;
      if (record.#status === "evaluating-async" || record.code.isAsync) return true;
      for (const required of record.code.required()) seen.add(required);
    }
    return false;
  }

  /** Forgets all other modules. */
  clear(): void {
    this.#status = "evaluated";
    this.#cycleRoot = undefined;
    this.#parents = [];
    this.#capability = undefined;
    this.#failure = undefined;
  }

  /** Ends the evaluation with an error. */
  fail(error: unknown, isOwn = false): void {
    this.#status = "evaluated";
    this.#failure = { error };
    this.#cycleRoot = this;
    this.code.failed(error, isOwn);
  }

  #enter(stack: EvaluationRecord[], first: number): number {
    if (this.#status === "evaluating-async" || this.#status === "evaluated") {
      if (this.#failure !== undefined) throw this.#failure.error;
      return first;
    }
    if (this.#status === "evaluating") return first;
    this.#status = "evaluating";
    this.#index = this.#ancestor = first;
    this.#waitingFor = 0;
    let index = first + 1;
    stack.push(this);
    for (const required of this.code.required())
      index = this.#enterRequired(required, stack, index);
    if (this.#waitingFor > 0 || this.code.isAsync) {
      this.#order = ++asyncOrder;
      if (this.#waitingFor === 0) this.#runAsync();
    } else {
      this.code.run();
      this.code.ended();
    }
    if (this.#ancestor === this.#index) this.#leave(stack);
    return index;
  }

  #enterRequired(required: EvaluationRecord, stack: EvaluationRecord[], first: number): number {
    const index = required.#enter(stack, first);
    let target = required;
    if (required.#status === "evaluating") {
      this.#ancestor = Math.min(this.#ancestor, required.#ancestor);
    } else {
      target = required.#cycleRoot ?? required;
      if (target.#failure !== undefined) throw target.#failure.error;
    }
    if (target.#order !== undefined) {
      this.#waitingFor++;
      target.#parents.push(this);
    }
    return index;
  }

  /** Ends a cycle, or a module that is in none. */
  #leave(stack: EvaluationRecord[]): void {
    for (;;) {
      const record = stack.pop()!;
      record.#status = record.#order === undefined ? "evaluated" : "evaluating-async";
      record.#cycleRoot = this;
      if (record === this) return;
    }
  }

  #runAsync(): void {
    this.code.runAsync().then(
      () => this.#fulfilled(),
      (error: unknown) => this.#rejected(error, true),
    );
  }

  #fulfilled(): void {
    if (this.#status === "evaluated") return;
    this.code.ended();
    this.#settle();
    const ready: EvaluationRecord[] = [];
    this.#gather(ready);
    ready.sort((a, b) => a.#order! - b.#order!);
    for (const record of ready) {
      if (record.#status === "evaluated") continue;
      if (record.code.isAsync) {
        record.#runAsync();
        continue;
      }
      try {
        record.code.run();
        record.code.ended();
      } catch (error) {
        record.#rejected(error);
        continue;
      }
      record.#settle();
    }
  }

  #settle(): void {
    this.#order = undefined;
    this.#status = "evaluated";
    this.#capability?.resolve();
  }

  #rejected(error: unknown, isOwn = false): void {
    if (this.#status === "evaluated") return;
    this.#order = undefined;
    this.fail(error, isOwn);
    for (const parent of this.#parents.splice(0)) parent.#rejected(error);
    this.#capability?.reject(error);
  }

  /** Importers that waited for this module alone, and the importers of those that run at once. */
  #gather(ready: EvaluationRecord[]): void {
    for (const parent of this.#parents.splice(0)) {
      const root = parent.#cycleRoot ?? parent;
      if (ready.includes(parent) || root.#failure !== undefined) continue;
      if (--parent.#waitingFor > 0) continue;
      ready.push(parent);
      if (!parent.code.isAsync) parent.#gather(ready);
    }
  }
}

function fail(stack: readonly EvaluationRecord[], error: unknown): void {
  for (const record of stack) record.fail(error);
}

function makeCapability(): Capability {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
