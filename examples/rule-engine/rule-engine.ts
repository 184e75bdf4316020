import { ModuleHost, ModuleUnloadedError } from "@heapwise/modules";

/** The exports of a rule. */
export interface Rule {
  decide(facts: object): Promise<unknown>;
}

/** A rule was stopped, because it took too long, or too much memory, or ended its thread. */
export class RuleStoppedError extends Error {
  override readonly name = "RuleStoppedError";
  readonly code = "RULE_STOPPED";
}

/** Limits of a rule. */
export interface RuleLimits {
  /** Milliseconds for one decision. */
  readonly timeout?: number;
}

/**
 * Runs rules that users write, each in a thread of its own with limits. A rule that exceeds them is
 * stopped, and starts again with the next decision.
 */
export class RuleEngine implements AsyncDisposable {
  readonly host: ModuleHost;

  /** @param root The folder of the rules. */
  constructor(root: string, memoryMb = 32) {
    this.host = new ModuleHost({
      root,
      backend: "worker",
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
  }

  /** The decision of a rule. The rule may throw errors of its own. */
  async decide(name: string, facts: object, { timeout = 1000 }: RuleLimits = {}): Promise<unknown> {
    const rule = await this.host.load<Rule>(`./${name}.mjs`);
    const timer = setTimeout(() => void this.#stop(rule.name), timeout);
    try {
      return await rule.call("decide", facts);
    } catch (error) {
      if (error instanceof ModuleUnloadedError) {
        throw new RuleStoppedError(`Rule ${name} has run for ${timeout} ms`, { cause: error });
      }
      if (!isOfWorker(error)) throw error;
      // The thread is gone: the next decision needs another one.
      await this.#stop(rule.name);
      throw new RuleStoppedError(`Rule ${name} has ended its thread`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #stop(name: string): Promise<void> {
    const isLoaded = this.host.modules().some((each) => each.name === name);
    // Other decisions of the same rule may have stopped it.
    if (isLoaded) await this.host.unload(name, { force: true, drain: 0, verify: false });
  }

  /** Ends all rules. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
  }
}

function isOfWorker(error: unknown): boolean {
  return (error as { phase?: unknown } | null)?.phase === "worker";
}
