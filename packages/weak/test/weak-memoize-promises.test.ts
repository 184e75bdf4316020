import { weakMemoize } from "@heapwise/weak";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, it, vi } from "vitest";

type Call = readonly [self: unknown, ...args: unknown[]];

const SELF = { name: "self" };
const [A, B] = [{ name: "a" }, { name: "b" }];
const PATHS: [string, Call][] = [
  ["no arguments", [undefined]],
  ["a primitive", [undefined, 1]],
  ["primitives", [undefined, 1, "a", undefined]],
  ["an object", [undefined, A]],
  ["objects", [undefined, A, B]],
  ["objects and primitives", [undefined, A, 1, B, "b"]],
  ["this", [SELF]],
  ["this and a primitive", [SELF, 1]],
  ["this and an object", [SELF, A]],
  ["a primitive this", [5, "a"]],
];

/** Calls that return a promise which rejects or fails in another way. */
const FAILURES: [string, () => unknown][] = [
  ["a promise that is rejected already", () => rejected()],
  ["an asynchronous function that throws", async () => Promise.reject(new Error("no"))],
  ["a promise that resolves to one that is rejected", () => Promise.resolve().then(rejected)],
  ["a promise of a class of its own", () => Own.from(rejected())],
  ["a promise with a property of its own", () => Object.assign(rejected(), { id: 1 })],
  ["a thenable that rejects later", () => thenable((_, no) => void rejected().catch(no))],
  ["a thenable that rejects at once", () => thenable((_, no) => no?.(new Error("no")))],
  ["a thenable that throws", () => thenable(() => thrown())],
  ["a function with then", () => withThen({ value: thrown }, () => {})],
];

class Own<T> extends Promise<T> {
  static from<T>(promise: Promise<T>): Own<T> {
    return new Own((resolve) => resolve(promise));
  }
}

type Listener = ((value: unknown) => void) | undefined;

function thenable(then: (yes: Listener, no: Listener) => void): object {
  return withThen({ value: then });
}

/** Creates an object that has `then`, as a promise has. */
function withThen(descriptor: PropertyDescriptor, object: object = {}): object {
  // oxlint-disable-next-line no-thenable
  return Object.defineProperty(object, "then", descriptor);
}

function thrown(): never {
  throw new Error("no");
}

function rejected(): Promise<never> {
  return Promise.reject(new Error("no"));
}

async function isRejected(result: unknown): Promise<boolean> {
  try {
    await result;
    return false;
  } catch {
    return true;
  }
}

describe.each(PATHS)("A call with %s", (_, [self, ...args]) => {
  it.each(FAILURES)("is forgotten if it returns %s", async (_name, fail) => {
    const results = [fail, fail, () => Promise.resolve("done")];
    const fn = vi.fn(function (this: unknown, ..._args: unknown[]): unknown {
      return results.shift()!();
    });
    const memoized = weakMemoize(fn);
    for (let calls = 1; calls <= 2; calls++) {
      expect(await isRejected(memoized.apply(self, args))).toBe(true);
      expect(fn).toHaveBeenCalledTimes(calls);
    }
    const [done, again] = [memoized.apply(self, args), memoized.apply(self, args)];
    expect(again).toBe(done);
    expect(await done).toBe("done");
    expect(memoized.apply(self, args)).toBe(done);
    expect(fn).toHaveBeenCalledTimes(3);
  });

  it("shares its promise with all calls that come before it settles, even if it fails", async () => {
    let fail: (error: Error) => void = () => {};
    const fn = vi.fn((..._args: unknown[]) => new Promise<never>((_yes, no) => (fail = no)));
    const memoized = weakMemoize(fn);
    const promises = Array.from({ length: 3 }, () => memoized.apply(self, args));
    await Promise.resolve();
    promises.push(memoized.apply(self, args));
    expect([new Set(promises).size, fn.mock.calls.length]).toEqual([1, 1]);
    fail(new Error("no"));
    for (const promise of promises) expect(await isRejected(promise)).toBe(true);
    expect(memoized.apply(self, args)).not.toBe(promises[0]);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it("is remembered even if an older one fails later", async () => {
    const ends: (() => void)[] = [];
    const fn = vi.fn((..._args: unknown[]) => {
      const { length } = ends;
      return new Promise((yes, no) =>
        ends.push(() => (length === 0 ? no(new Error("no")) : yes("done"))),
      );
    });
    const memoized = weakMemoize(fn);
    const old = memoized.apply(self, args);
    memoized.clear();
    const young = memoized.apply(self, args);
    expect(young).not.toBe(old);
    ends[0]!();
    expect(await isRejected(old)).toBe(true);
    expect(memoized.apply(self, args)).toBe(young);
    ends[1]!();
    expect(await young).toBe("done");
    expect(memoized.apply(self, args)).toBe(young);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it("is remembered with a value that only looks like a promise", () => {
    const values = [
      withThen({ value: 5 }),
      withThen({ value: undefined }),
      withThen({ get: thrown }),
      Promise,
    ];
    for (const value of values) {
      const fn = vi.fn((..._args: unknown[]): unknown => value);
      const memoized = weakMemoize(fn);
      expect([memoized.apply(self, args), memoized.apply(self, args)]).toEqual([value, value]);
      expect(fn).toHaveBeenCalledTimes(1);
    }
  });
});

describe("A promise that is remembered", () => {
  it("is the one of the function if that is of a class of its own", async () => {
    for (const promise of [
      Own.from(Promise.resolve(1)),
      Object.assign(Promise.resolve(1), { cancel: () => {} }),
      thenable((yes) => yes?.(1)),
    ]) {
      const memoized = weakMemoize((_object: object) => promise);
      expect([memoized(A) === promise, await memoized(A)]).toEqual([true, 1]);
    }
  });

  it("is waited for once", () => {
    const then = vi.fn();
    const memoized = weakMemoize((_object: object) => thenable(then));
    for (let i = 0; i < 3; i++) memoized(A);
    expect(then).toHaveBeenCalledTimes(1);
  });

  it("causes one unhandled rejection if no caller handles it, and none if a caller does", async () => {
    const program = new URL("programs/rejections.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram(program);
    expect([code, stdout, stderr]).toEqual([
      0,
      "ignored: 1\nignored in a request: 1\nhandled: 0\nhandled by all: 0\nnot stored: 1\nfulfilled: 0\n",
      "",
    ]);
  });
});
