import vm from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { assertCollected } from "../../src/assertions/assert-collected.ts";
import type { LeakError } from "../../src/assertions/leak-error.ts";
import * as explaining from "../../src/probes/explain-boxes.ts";
import { withModules } from "../with-modules.ts";

class Session {
  readonly user = "ada";
}

class Thenable {
  // oxlint-disable-next-line unicorn/no-thenable -- what `await` would wait for
  then(done: (value: object) => void): void {
    done({ it: new Session() });
  }
}

const held: unknown[] = [];
const quick = { explain: false, timeout: 0 };

/** Holds an object and returns it. */
function hold<Held>(object: Held): Held {
  held.push(object);
  return object;
}

async function errorOf(failing: Promise<void>): Promise<LeakError> {
  const error: unknown = await failing.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  expect((error as LeakError).code).toBe("LEAK");
  return error as LeakError;
}

/** The labels and classes of the leaks that are found. */
async function leaksOf(make: () => object | Promise<object>): Promise<string[]> {
  const { leaks } = await errorOf(assertCollected(make, quick));
  return leaks.map(({ label, className }) => `${label}: ${className}`);
}

afterEach(() => {
  held.length = 0;
  vi.useRealTimers();
});

const later = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const CLEAN: Record<string, () => object | Promise<object>> = {
  "an instance": () => new Session(),
  "a record": () => ({ session: new Session(), close: () => {}, count: 1 }),
  "a promise that is resolved": () => Promise.resolve(new Session()),
  "an async function": async () => new Session(),
  "an async function that waits": async () => {
    const session = new Session();
    await later();
    return { session };
  },
  "a thenable": () => new Thenable(),
  "a pending promise that nobody holds": () => ({ wait: new Promise(() => {}) }),
  "a circle": () => {
    const a: { b?: object } = {};
    a.b = { a };
    return a;
  },
  "a value of a WeakMap whose key is gone": () => {
    const value = new Session();
    hold(new WeakMap()).set({}, value);
    return { value };
  },
  "an object with a finalizer": () => {
    const session = new Session();
    hold(new FinalizationRegistry(() => {})).register(session, 1);
    return { session };
  },
};

const LEAKING: Record<string, () => object | Promise<object>> = {
  "an instance": () => hold(new Session()),
  "a closure": () => {
    const session = new Session();
    hold(() => session.user);
    return session;
  },
  "an async function": async () => {
    await later();
    return hold(new Session());
  },
  "the promise": () => hold(Promise.resolve(new Session())),
  "a value of a WeakMap whose key lives": () => {
    const value = new Session();
    hold(new WeakMap()).set(hold({}), value);
    return value;
  },
};

describe("assertCollected", () => {
  it.each(Object.entries(CLEAN))("passes for %s", async (_title, make) => {
    await assertCollected(make, { timeout: 0, allow: "plain" });
  });

  it.each(Object.entries(LEAKING))("fails for a held one: %s", async (_title, make) => {
    expect(await leaksOf(make)).toEqual(["undefined: Session"]);
  });

  it("watches the values of a record under their names, and not the record", async () => {
    const record = (): object => hold({ a: {}, b: new Session(), text: "x", f: () => {} });
    expect(await leaksOf(record)).toEqual(["a: Object", "b: Session", "f: Function"]);
    const bare = (): object => hold(Object.assign(Object.create(null), { a: {} }) as object);
    expect(await leaksOf(bare)).toEqual(["a: Object"]);
    const foreign = (): object => hold(vm.runInNewContext("({ a: new Map() })") as object);
    expect(await leaksOf(foreign)).toEqual(["a: Map"]);
    const symbols = (): object => hold({ [Symbol("key")]: [], s: Symbol("value") });
    expect(await leaksOf(symbols)).toEqual(["s: Symbol", "Symbol(key): Array"]);
    await assertCollected(() => ({ gone: hold({ inner: { x: 1 } }).inner.x ? {} : {} }), quick);
  });

  it("says in words that an object has no path", async () => {
    const found = { isFound: true, paths: [], retainedBytes: 8 };
    const spy = vi.spyOn(explaining, "explainBoxes").mockResolvedValue([found]);
    const { message } = await errorOf(assertCollected(() => hold(new Session()), { timeout: 0 }));
    spy.mockRestore();
    expect(message.split("\n").slice(1)).toEqual([
      "  Session: live",
      "What has no path is held by no reference of the program that a heap snapshot shows.",
    ]);
  });

  it("watches any other object itself", async () => {
    expect(await leaksOf(() => hold({ count: 1 }))).toEqual(["undefined: Object"]);
    expect(await leaksOf(() => hold({}))).toEqual(["undefined: Object"]);
    expect(await leaksOf(() => hold([{}]))).toEqual(["undefined: Array"]);
    expect(await leaksOf(() => hold(() => {}))).toEqual(["undefined: Function"]);
    expect(await leaksOf(() => hold(new Map([[1, {}]])))).toEqual(["undefined: Map"]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(await leaksOf(() => hold(proxy))).toEqual(["undefined: Object"]);
  });

  it("runs no getter of the result", async () => {
    const get = vi.fn(() => ({}));
    await assertCollected(() => Object.defineProperty({ a: {} }, "b", { get, enumerable: true }));
    expect(get).not.toHaveBeenCalled();
  });

  it("says what holds the object", async () => {
    const shared = globalThis as { heldByTest?: Map<string, Session> };
    shared.heldByTest = new Map();
    const open = (): object => {
      const session = new Session();
      shared.heldByTest!.set("ada", session);
      return { session };
    };
    const { message, leaks } = await errorOf(assertCollected(open, { timeout: 0 }));
    const [first, second, ...path] = message.split("\n");
    expect(first).toBe(
      'Cannot collect Session "session": the program holds it, expected no holder',
    );
    expect(second).toBe('  Session "session": live');
    expect(path.join("\n")).toMatch(/heldByTest[^]*"ada"[^]*Session/);
    expect(path.length).toBeLessThan(19);
    expect(leaks).toMatchObject([{ label: "session", className: "Session", verdict: "live" }]);
    expect(leaks[0]!.paths[0]!.root).toBe("global");
    expect(leaks[0]!.retainedBytes).toBeGreaterThan(0);
    const again = await errorOf(assertCollected(open, { timeout: 0 }));
    expect(again.message).toBe(message);
    delete shared.heldByTest;
  });

  it("fails without paths, and says the estimate, if a snapshot would not fit", async () => {
    const availableMemory = (): number => 1000;
    withModules({
      "node:process": Object.create(process, { availableMemory: { value: availableMemory } }),
    });
    const { message, leaks } = await errorOf(assertCollected(() => hold({}), { timeout: 0 }));
    expect(leaks).toMatchObject([{ verdict: "live", paths: [] }]);
    expect(message).toMatch(/No paths: a heap snapshot would need about \d+ MB, which is too much/);
  });

  it("waits for an object that is released a little later, also under fake timers", async () => {
    const make = (): object => {
      const session = hold(new Session());
      let turns = 20;
      const release = (): void => void (--turns > 0 ? setImmediate(release) : (held.length = 0));
      release();
      return session;
    };
    expect((await errorOf(assertCollected(make, quick))).leaks).toHaveLength(1);
    await later();
    await assertCollected(make, { explain: false, timeout: 60_000 });
    vi.useFakeTimers();
    await assertCollected(() => new Session());
    const stuck = assertCollected(() => hold({}), { explain: false, timeout: 1 });
    expect((await errorOf(stuck)).leaks).toHaveLength(1);
  });

  it("lets errors of make through, and calls it once", async () => {
    const planted = new Error("planted");
    const thrower = vi.fn(() => {
      throw planted;
    });
    await expect(assertCollected(thrower)).rejects.toBe(planted);
    await expect(assertCollected(() => Promise.reject(planted))).rejects.toBe(planted);
    expect(thrower).toHaveBeenCalledTimes(1);
    const make = vi.fn(() => hold({}));
    await errorOf(assertCollected(make, { explain: false, timeout: 30 }));
    expect(make).toHaveBeenCalledTimes(1);
    make.mockReset();
  });

  it("still passes when it has been compiled", async () => {
    for (let i = 0; i < 30; i++) await assertCollected(() => ({ a: new Session() }), quick);
    expect(await leaksOf(() => hold(new Session()))).toEqual(["undefined: Session"]);
  });

  it.each([
    [() => 1, TypeError, "make returned 1, expected an object or a record of objects"],
    [() => undefined, TypeError, "make returned undefined"],
    [async () => "text", TypeError, 'make returned "text"'],
    [() => Symbol.for("registered"), TypeError, "make returned a registered symbol"],
  ])("refuses a result that cannot be collected: %s", async (make, Kind, message) => {
    const call = assertCollected(make as never);
    await expect(call).rejects.toThrow(Kind);
    await expect(call).rejects.toThrow(`Cannot watch result: ${message}`);
  });

  it.each([
    [{}, {}, TypeError, "make is an object, expected a function"],
    [undefined, {}, TypeError, "make is undefined, expected a function"],
    [() => ({}), { allow: "never" }, RangeError, 'allow is "never"'],
    [() => ({}), { explain: 1 }, TypeError, "explain is 1"],
    [() => ({}), { timeout: -1 }, RangeError, "timeout is -1"],
    [() => ({}), { timeout: NaN }, RangeError, "timeout is NaN"],
    [() => ({}), { within: 1 }, TypeError, 'option "within" is not known'],
  ])("refuses wrong arguments: %s, %j", async (make, options, Kind, message) => {
    const call = assertCollected(make as never, options as never);
    await expect(call).rejects.toThrow(Kind);
    await expect(call).rejects.toThrow(`Cannot assert collection: ${message}`);
  });
});
