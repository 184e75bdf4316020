import { Mishap } from "./mishap.ts";

/** What the signal of a call does in addition to aborting. */
const HOSTILITIES = [
  "throws at addEventListener",
  "aborts at addEventListener",
  "calls the pool at addEventListener",
  "throws at removeEventListener",
  "throws when it is read",
] as const;
type Hostility = (typeof HOSTILITIES)[number];

/** The signal of a call: of a controller, or an object of the program, which may do anything. */
export class CallSignal {
  static readonly hostilities: readonly Hostility[] = HOSTILITIES;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #hostility: Hostility | undefined;

  constructor(hostility: Hostility | undefined, interject: () => void) {
    this.#hostility = hostility;
    const { signal } = this.#controller;
    if (hostility === undefined) {
      this.signal = signal;
      return;
    }
    const does = (name: Hostility): boolean => name === hostility;
    let asked = 0;
    this.signal = {
      get aborted() {
        // The options are checked before everything else.
        if (++asked > 2 && does("throws when it is read")) throw new Mishap("aborted");
        return signal.aborted;
      },
      get reason(): unknown {
        return signal.reason;
      },
      addEventListener: (_: string, listener: () => void): void => {
        signal.addEventListener("abort", listener);
        if (does("aborts at addEventListener")) this.abort();
        if (does("calls the pool at addEventListener")) interject();
        if (does("throws at addEventListener")) throw new Mishap("addEventListener");
      },
      removeEventListener: (_: string, listener: () => void): void => {
        signal.removeEventListener("abort", listener);
        if (does("throws at removeEventListener")) throw new Mishap("removeEventListener");
      },
    } as unknown as AbortSignal;
  }

  get isAborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Whether a call may fail because of an error of the signal. */
  get mayFail(): boolean {
    return (
      this.#hostility === "throws at addEventListener" ||
      this.#hostility === "throws when it is read"
    );
  }

  abort(): void {
    this.#controller.abort("stop");
  }
}
