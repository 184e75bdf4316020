/// <reference lib="esnext.disposable" preserve="true" />
import { attempt, checkFunction, print, reportError } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { checkHost, host } from "../host/host.ts";

/** The call that a finalizer is going to make. */
export interface FinalizerCall<
  Result = unknown,
  T extends WeakKey = WeakKey,
  Args extends unknown[] = unknown[],
> {
  /** The value whose collection the finalizer waits for. */
  readonly target: T;
  /** The function that the finalizer calls. */
  callback(...args: Args): Result;
  /** The arguments of the call. */
  readonly args: Args;
}

/**
 * A callback that runs once: when the finalizer is called, after its target was collected, or when
 * the program ends, whichever comes first. With `using`, it runs at the end of the block.
 */
export interface Finalizer<
  Result = unknown,
  T extends WeakKey = WeakKey,
  Args extends unknown[] = unknown[],
> extends Disposable {
  /**
   * Runs the callback now and returns its result. Returns undefined if the callback has run or was
   * detached.
   *
   * @throws any error of the callback
   */
  (): Result | undefined;
  /** Whether the callback has neither run nor been detached. */
  readonly alive: boolean;
  /**
   * Whether the callback also runs when the program ends, in Node, Deno and Bun. True by default;
   * always false once the callback has run or was detached.
   */
  atexit: boolean;
  /**
   * The target, the callback and its arguments. Undefined if the callback has run or was detached,
   * or if the target was collected.
   */
  peek(): FinalizerCall<Result, T, Args> | undefined;
  /** Returns the same as `peek`, and the callback will not run. */
  detach(): FinalizerCall<Result, T, Args> | undefined;
  /** Runs the callback now, unless it has run or was detached. */
  [Symbol.dispose](): void;
}

/** A callback and its state. Holds the target weakly. */
interface Entry {
  readonly target: WeakRef<WeakKey>;
  readonly group: Group;
  /**
   * Undefined once the callback has run or was detached, so that a finalizer which the program
   * keeps holds no arguments.
   */
  call:
    { readonly callback: (...args: unknown[]) => unknown; readonly args: unknown[] } | undefined;
  atexit: boolean;
}

/**
 * The callbacks of one target, in the order of their creation. The registry holds the group: one
 * record for each target.
 */
interface Group extends Set<Entry> {
  /** While the group runs, the callbacks that have not run yet. The next one is last. */
  line?: Entry[] | undefined;
}

/** All callbacks that have not run yet. */
const pending: Group = new Set();
const groups = new WeakMap<WeakKey, Group>();
/**
 * The last registry is in use. All are held, because the engine calls no callback of a registry
 * that was collected.
 */
const registries: FinalizationRegistry<Group>[] = [];
let registriesOf: FinalizationRegistryConstructor | undefined;
let isAwaitingExit = false;

/**
 * Calls `callback(...args)` once after `target` was collected, as Python's `weakref.finalize` does.
 *
 * The finalizer that is returned runs the callback earlier, or detaches it. The program need not
 * hold it. Callbacks of one target run last in, first out, and so do all callbacks that are left
 * when a program ends in Node, Deno or Bun. If a callback throws after a collection, the host
 * reports the error as uncaught; at exit it is printed. The other callbacks still run.
 *
 * The callback must not reach its target, because then the target would never be collected.
 *
 * @throws {TypeError} if the target cannot be held weakly, if `callback` is not a function, or if
 * the target is the callback, an argument, or in an array or plain object that is an argument
 * @throws {UnsupportedHostError} if the host has no `FinalizationRegistry` or no `WeakRef`
 * @example
 * ```ts
 * import { finalize } from "@heapwise/weak";
 *
 * const closed: number[] = [];
 * const file = { path: "a.txt" };
 * const close = finalize(file, (descriptor: number) => closed.push(descriptor), 7);
 * close.alive; // => true
 * close();
 * closed; // => [7]
 * close.alive; // => false
 * ```
 */
export function finalize<T extends WeakKey, Args extends unknown[], Result>(
  target: T,
  callback: (...args: Args) => Result,
  ...args: Args
): Finalizer<Result, T, Args> {
  if (!canBeHeldWeakly(target)) {
    throw new TypeError(
      `Cannot finalize value: target is ${print(target)}, expected an object, a function or a symbol that is not registered`,
    );
  }
  checkFunction("finalize value", "callback", callback);
  refuseCapture(target, callback, args);
  checkHost("finalize value", "FinalizationRegistry");
  checkHost("finalize value");
  const group = groupOf(target);
  const entry: Entry = {
    target: new host.WeakRef<WeakKey>(target),
    group,
    call: { callback: callback as (...args: unknown[]) => unknown, args },
    atexit: true,
  };
  for (const each of [group, pending]) {
    each.add(entry);
    each.line?.push(entry);
  }
  awaitExit();
  return finalizerOf(entry) as Finalizer<Result, T, Args>;
}

function finalizerOf(entry: Entry): Finalizer {
  const peek = (): FinalizerCall | undefined => {
    const target = entry.target.deref();
    if (entry.call === undefined || target === undefined) return undefined;
    return { target, ...entry.call } as FinalizerCall;
  };
  const detach = (): FinalizerCall | undefined => {
    const call = peek();
    take(entry);
    return call;
  };
  return Object.defineProperties(() => run(entry), {
    alive: { get: () => entry.call !== undefined, enumerable: true },
    atexit: {
      get: () => entry.call !== undefined && entry.atexit,
      set: (value: boolean) => {
        entry.atexit = value;
      },
      enumerable: true,
    },
    peek: { value: peek },
    detach: { value: detach },
    [Symbol.dispose]: { value: () => void run(entry) },
  }) as Finalizer;
}

/** Takes a callback out of its group. Returns it, or undefined if it has run or was detached. */
function take(entry: Entry): Entry["call"] {
  const { call } = entry;
  entry.call = undefined;
  entry.group.delete(entry);
  pending.delete(entry);
  return call;
}

function run(entry: Entry): unknown {
  const call = take(entry);
  if (call === undefined) return undefined;
  const { callback, args } = call;
  return callback(...args);
}

function groupOf(target: WeakKey): Group {
  if (registriesOf !== host.FinalizationRegistry) {
    registriesOf = host.FinalizationRegistry!;
    registries.push(new registriesOf<Group>((group) => runAll(group, reportUncaught)));
  }
  let group = groups.get(target);
  if (group === undefined) {
    group = new Set();
    groups.set(target, group);
    registries.at(-1)!.register(target, group);
  }
  return group;
}

/**
 * Runs the callbacks of a group, the last created first. If a callback creates another one, that
 * one runs next.
 */
function runAll(entries: Group, report: (error: unknown) => void): void {
  const line = (entries.line ??= [...entries]);
  for (let entry = line.pop(); entry !== undefined; entry = line.pop()) {
    if (entries === pending && !entry.atexit) continue;
    try {
      run(entry);
    } catch (error) {
      report(error);
    }
  }
  entries.line = undefined;
}

function reportUncaught(error: unknown): void {
  reportError(error, undefined);
}

/** Makes sure that the callbacks that are left run when the program, or the worker, ends. */
function awaitExit(): void {
  if (isAwaitingExit) return;
  isAwaitingExit = true;
  const atExit = (): void => {
    // There is no later turn of the event loop that would report an error.
    runAll(pending, (error) => host.console.error(error));
  };
  attempt(() => host.process?.on?.("exit", atExit));
}

function refuseCapture(target: WeakKey, callback: unknown, args: readonly unknown[]): void {
  const place = target === callback ? "the callback" : placeIn(target, args);
  if (place === undefined) return;
  throw new TypeError(
    `Cannot finalize value: the target is ${place}, expected a callback and arguments that do not keep it alive`,
  );
}

function placeIn(target: WeakKey, args: readonly unknown[]): string | undefined {
  for (const [i, argument] of args.entries()) {
    if (argument === target) return `argument ${i + 1}`;
    if (isPlain(argument)) {
      for (const { value } of Object.values(Object.getOwnPropertyDescriptors(argument))) {
        if (value === target) return `in argument ${i + 1}`;
      }
    }
  }
  return undefined;
}

/**
 * Whether the value is an array or an object literal. Other objects may have good reasons to refer
 * to the target for a while.
 */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
