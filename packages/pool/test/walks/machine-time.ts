import type { FakeClock } from "@heapwise/testkit";

type Globals = Record<"setTimeout" | "clearTimeout" | "performance", unknown>;

/** Puts a fake clock in the place of the machine's clocks and timers, until `restore` is called. */
export class MachineTime {
  /** The advance of the time of day over the monotonic clock, as after the sleep of a laptop. */
  slept = 0;
  readonly #before: { readonly dateNow: () => number } & Globals;

  constructor(clock: FakeClock) {
    const { setTimeout, clearTimeout, performance } = globalThis;
    this.#before = { setTimeout, clearTimeout, performance, dateNow: Date.now };
    const timers = new Map<number, () => void>();
    let count = 0;
    const fakes: Globals = {
      performance: { now: clock.now },
      setTimeout: (run: () => void, ms = 0): number => {
        const id = ++count;
        timers.set(
          id,
          clock.schedule(() => {
            timers.delete(id);
            run();
          }, ms),
        );
        return id;
      },
      clearTimeout: (id: number): void => {
        timers.get(id)?.();
        timers.delete(id);
      },
    };
    replaceGlobals(fakes);
    Date.now = () => clock.now() + this.slept;
  }

  restore(): void {
    const { dateNow, ...globals } = this.#before;
    Date.now = dateNow;
    replaceGlobals(globals);
  }
}

function replaceGlobals(globals: Globals): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}
