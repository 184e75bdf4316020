import { PoolTimeoutError } from "../errors.ts";
import { Inbound } from "./inbound.ts";
import type { CheckSteps } from "./owner-callbacks.ts";
import type { PoolCore } from "./pool-core.ts";
import type { PoolParts } from "./pool-parts.ts";
import type { Slot, Token } from "./slot.ts";

/**
 * The checks and resets of a core's resources: when they are due, and what comes of them.
 *
 * Invariants, at every moment at which other code runs:
 * - `checking` and `resetting` are the numbers of slots in these states. The code that checks or resets
 *   a slot holds its token.
 * - A slot whose state has changed meanwhile was ended by somebody else: what its callback still brings
 *   changes nothing.
 * - A slot that fails is ended, and whoever needs another one is seen to by `pump`.
 */
export class ResourceChecks<T> {
  checking = 0;
  resetting = 0;
  /** Those of them that may be counted on. */
  readonly inbound: Inbound<T>;
  readonly #parts: PoolParts<T>;
  readonly #core: PoolCore<T>;

  constructor(parts: PoolParts<T>, core: PoolCore<T>) {
    this.#parts = parts;
    this.#core = core;
    this.inbound = new Inbound(
      parts.deadlines,
      () => parts.now(),
      () => core.pump(),
    );
  }

  /** Whether a slot has to be validated before it is lent. */
  isDoubtful(slot: Slot<T>, now: number): boolean {
    const { validate, validateAfter, validateTimeout } = this.#parts.settings;
    if (validate === undefined) return false;
    const age = now - slot.provenAt;
    return age >= validateAfter && !(slot.isProven && age < validateTimeout);
  }

  /** Reserves a slot for its caller: nobody else has it. */
  reserve(slot: Slot<T>, state: "checking" | "resetting"): void {
    slot.state = state;
    this[state]++;
  }

  /** A slot is reserved no longer: it has come through, or was ended. */
  leave(slot: Slot<T>, state: "ready" | "ended"): void {
    const { state: before } = slot;
    if (before === "checking" || before === "resetting") this[before]--;
    this.inbound.delete(slot);
    slot.state = state;
  }

  /**
   * Validates and prepares a slot. Calls `passed` when it has passed; one that fails is destroyed, and
   * `failed` is called first. One that is trusted counts as on its way to a waiter.
   */
  check(
    token: Token<T>,
    steps: CheckSteps,
    isTrusted: boolean,
    passed: () => void,
    failed?: (reason: unknown) => void,
  ): void {
    const { slot } = token;
    const { callbacks, settings, times } = this.#parts;
    const core = this.#core;
    this.#watch(slot, "checking", isTrusted, settings.validateTimeout, (goesOn) =>
      callbacks.check(core, slot.value, steps, goesOn, (failure) => {
        if (goesOn()) {
          this.leave(slot, "ready");
          const now = times.now();
          core.governor.judge(failure === undefined, now);
          if (failure === undefined) {
            core.report.noteSuccess("check");
            slot.provenAt = now;
            passed();
            return;
          }
          const { reason } = failure;
          if (reason !== "invalid") core.report.noteFailure("check", reason);
          const { since } = slot;
          // First, because the end of the slot creates another one for whoever still waits.
          failed?.(reason);
          core.end(slot, reason);
          if (isTrusted && reason instanceof PoolTimeoutError) this.#distrust(since);
        }
        core.pump();
      }),
    );
  }

  /** Resets a slot that came back. Calls `passed` when that is done; one that fails is destroyed. */
  reset({ slot }: Token<T>, passed: () => void): void {
    const { callbacks, settings } = this.#parts;
    const core = this.#core;
    this.#watch(slot, "resetting", true, settings.resetTimeout, (goesOn) =>
      callbacks.reset(core, slot.value, (end) => {
        if (goesOn()) {
          this.leave(slot, "ready");
          if ("error" in end) core.end(slot, end.error);
          else passed();
        }
        core.pump();
        core.finishClose();
      }),
    );
  }

  #watch(
    slot: Slot<T>,
    state: "checking" | "resetting",
    isTrusted: boolean,
    timeout: number,
    run: (goesOn: () => boolean) => void,
  ): void {
    this.reserve(slot, state);
    this.inbound.add(slot, isTrusted);
    const goesOn = (): boolean => slot.state === state;
    run(goesOn);
    if (goesOn()) this.inbound.watch(slot, timeout);
  }

  /** One that was idle since this time did not answer: those that were idle for as long prove themselves now. */
  #distrust(since: number): void {
    if (this.#parts.settings.validate === undefined) return;
    const { idle } = this.#core;
    for (const token of idle.toArray()) {
      const { slot } = token;
      if (slot.since <= since && !slot.isRetiring && idle.remove(token)) {
        this.#core.verify(token, false);
      }
    }
  }
}
