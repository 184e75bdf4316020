/// <reference lib="esnext.disposable" preserve="true" />
import { attempt, checkFunction, print, reportError } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { checkHost, host } from "../host/host.ts";

/** What a finalizer is about to do. */
export interface FinalizerCall<
  Result = unknown,
  T extends WeakKey = WeakKey,
  Args extends unknown[] = unknown[],
> {
  readonly target: T;
  callback(...args: Args): Result;
  readonly args: Args;
}

/** A callback that runs once: when it is called, when its target was collected, or at exit. */
export interface Finalizer<
  Result = unknown,
  T extends WeakKey = WeakKey,
  Args extends unknown[] = unknown[],
> extends Disposable {
  /** Runs the callback now and returns its result; undefined when it has run or was detached. What the callback throws is thrown. */
  (): Result | undefined;
  /** Whether the callback is still to run. */
  readonly alive: boolean;
  /** Whether the callback runs at exit too, in Node, Deno and Bun. True at first. */
  atexit: boolean;
  /** Target, callback and arguments while the callback is still to run and the target lives. */
  peek(): FinalizerCall<Result, T, Args> | undefined;
  /** As `peek`, and the callback will not run. */
  detach(): FinalizerCall<Result, T, Args> | undefined;
  /** Runs the callback now, if it is still to run. */
  [Symbol.dispose](): void;
}

/** A callback that is still to run, or was. Holds its target weakly. */
interface Entry {
  readonly target: WeakRef<WeakKey>;
  readonly group: Group;
  /** Undefined from its run on: a finalizer that is held on holds no arguments. */
  call:
    { readonly callback: (...args: unknown[]) => unknown; readonly args: unknown[] } | undefined;
  atexit: boolean;
}

/** The callbacks of one target, which the registry holds: one record for each target. In the order of their making. */
interface Group extends Set<Entry> {
  /** Those that are still to run while the group runs, the next one last. */
  line?: Entry[] | undefined;
}

/** All callbacks that are still to run. */
const pending: Group = new Set();
const groups = new WeakMap<WeakKey, Group>();
/** The last one is in use. All are held, because a registry that is collected calls nobody. */
const registries: FinalizationRegistry<Group>[] = [];
let registriesOf: FinalizationRegistryConstructor | undefined;
let isAwaitingExit = false;

/**
 * Calls back when the target was collected, with the given arguments; Python's `weakref.finalize`.
 *
 * Nothing has to hold the finalizer that is returned. Callbacks of one target run last in, first out,
 * and so do all that are left when a program ends in Node, Deno or Bun. What a callback throws then is
 * reported as uncaught, or printed at exit, and stops no other one.
 *
 * The callback must not reach its target, which would then never be collected. Throws a TypeError where
 * it plainly does: the target is the callback, an argument, or in an array or plain object that is one.
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

/** Takes a callback out of the line. Returns it, if it was still there. */
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

/** Runs callbacks, the last that was made first; one that a callback makes is the next. */
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

/** Has the callbacks run that are left when the program, or the worker, ends. */
function awaitExit(): void {
  if (isAwaitingExit) return;
  isAwaitingExit = true;
  const atExit = (): void => {
    // No later turn of the event loop would report an error.
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

/** Whether the value is an array or an object literal: others may have good reasons to know the target for a while. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
