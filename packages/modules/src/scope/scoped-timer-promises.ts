import type { Location } from "@heapwise/leaks";
import type * as Promises from "node:timers/promises";
import { locateCaller } from "./locate-caller.ts";
import type { OpenThings } from "./open-things.ts";

/** `node:timers/promises`. */
export type TimerPromises = Record<string, unknown> & typeof Promises;

/** What the promises of timers need from their scope. */
export interface TimerPromisesContext {
  readonly open: OpenThings;
  readonly hasEnded: () => boolean;
}

interface Options {
  readonly signal?: unknown;
}

/**
 * `node:timers/promises` for one scope. At the end of the scope iterators of `setInterval` end, and
 * promises are never settled: an error would become an unhandled rejection of code that nobody
 * runs any more. Who wants the error passes `hot.signal`.
 */
export function makeScopedTimerPromises(
  real: TimerPromises,
  context: TimerPromisesContext,
): TimerPromises {
  const scoped = {
    setTimeout: (ms?: number, value?: unknown, options?: Options) =>
      pending(
        context,
        { name: `setTimeout ${ms ?? 1} ms`, location: locateCaller(scoped.setTimeout), options },
        (to) => real.setTimeout(ms, value, to as never),
      ),
    setImmediate: (value?: unknown, options?: Options) =>
      pending(
        context,
        { name: "setImmediate", location: locateCaller(scoped.setImmediate), options },
        (to) => real.setImmediate(value, to as never),
      ),
    setInterval: (ms?: number, value?: unknown, options?: Options) =>
      new Ticks(
        context,
        { name: `setInterval ${ms ?? 1} ms`, location: locateCaller(scoped.setInterval), options },
        (to) => real.setInterval(ms, value, to as never),
      ),
  };
  const wait = (ms: number, options?: Options) => scoped.setTimeout(ms, undefined, options);
  const still = () => scoped.setImmediate();
  const scheduler: unknown = Object.create(real.scheduler, {
    wait: { value: wait, configurable: true, writable: true },
    yield: { value: still, configurable: true, writable: true },
  });
  return Object.assign(Object.create(null), real, scoped, { scheduler }) as TimerPromises;
}

interface Request {
  readonly name: string;
  readonly location: Location | undefined;
  readonly options: Options | undefined;
}

/** A promise that is settled as the real one, or never if the scope ends before. */
function pending<Result>(
  context: TimerPromisesContext,
  request: Request,
  start: (options: unknown) => Promise<Result>,
): Promise<Result> {
  if (context.hasEnded()) return new Promise(() => {});
  return new Promise((resolve, reject) => {
    const link = new Link(request.options);
    const key = {};
    let isOpen = true;
    const finish = (): boolean => {
      const wasOpen = isOpen;
      isOpen = false;
      context.open.forget(key);
      link.cut();
      return wasOpen;
    };
    const real = start(link.options);
    context.open.add(key, {
      row: { kind: "timer", name: request.name, location: request.location },
      end() {
        finish();
        link.abort();
      },
    });
    real.then(
      (result) => finish() && resolve(result),
      (error: unknown) => finish() && reject(error as Error),
    );
  });
}

/** The iterator of `setInterval`, which ends with the scope. */
class Ticks<Value> implements AsyncIterator<Value> {
  readonly #context: TimerPromisesContext;
  readonly #request: Request;
  readonly #start: (options: unknown) => AsyncIterable<Value>;
  #link: Link | undefined;
  #real: AsyncIterator<Value> | undefined;
  #isOver = false;
  readonly #waiting = new Set<(result: IteratorResult<Value>) => void>();

  constructor(
    context: TimerPromisesContext,
    request: Request,
    start: (options: unknown) => AsyncIterable<Value>,
  ) {
    this.#context = context;
    this.#request = request;
    this.#start = start;
  }

  next(): Promise<IteratorResult<Value>> {
    if (this.#real === undefined) this.#begin();
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.#real!.next().then(
        (result) => {
          this.#waiting.delete(resolve);
          if (result.done === true) this.#finish();
          resolve(result);
        },
        (error: unknown) => {
          if (!this.#waiting.delete(resolve)) return;
          this.#finish();
          reject(error as Error);
        },
      );
    });
  }

  async return(): Promise<IteratorResult<Value>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Value>> {
    this.#end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  /** As in Node the timer starts at the first `next`. */
  #begin(): void {
    if (this.#context.hasEnded()) this.#isOver = true;
    if (this.#isOver) return;
    this.#link = new Link(this.#request.options);
    this.#real = this.#start(this.#link.options)[Symbol.asyncIterator]();
    const { name, location } = this.#request;
    this.#context.open.add(this, {
      row: { kind: "timer", name, location },
      end: () => this.#end(),
    });
  }

  #finish(): void {
    this.#isOver = true;
    this.#context.open.forget(this);
    this.#link?.cut();
  }

  #end(): void {
    this.#finish();
    this.#link?.abort();
    for (const resolve of this.#waiting) resolve({ done: true, value: undefined });
    this.#waiting.clear();
  }
}

/** A signal of our own that follows the one of the caller. */
class Link {
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#signal?.reason);
  /** The options of the caller with our signal in place of his. */
  readonly options: unknown;

  constructor(options: Options | undefined) {
    const isObject = typeof options === "object" && options !== null;
    const signal = isObject ? options.signal : undefined;
    // Node refuses wrong ones.
    const isWrong =
      (options !== undefined && !isObject) ||
      (signal !== undefined && !(signal instanceof AbortSignal));
    this.options = isWrong ? options : { ...options, signal: this.#controller.signal };
    if (isWrong || signal === undefined) return;
    this.#signal = signal as AbortSignal;
    if (this.#signal.aborted) this.#follow();
    else this.#signal.addEventListener("abort", this.#follow, { once: true });
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Stops following. */
  cut(): void {
    this.#signal?.removeEventListener("abort", this.#follow);
  }
}
