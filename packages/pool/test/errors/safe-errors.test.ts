import { inspect } from "node:util";
import {
  BufferPool,
  CreateError,
  KeyedPool,
  ObjectPool,
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  ResourcePool,
  StaleLeaseError,
  type PoolState,
} from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { settled } from "../resource-pool/pool-fixture.ts";

const SECRET = "hunter2";

/**
 * A connection as drivers make it: with its password, circular, and throwing when it is printed.
 */
class Connection {
  readonly config: { password: string } = { password: SECRET };
  readonly self: this = this;

  get broken(): never {
    throw new Error("read");
  }

  toJSON(): never {
    throw new Error("printed");
  }

  [inspect.custom](): string {
    return this.config.password;
  }
}

const HOSTILE_KEY = {
  password: SECRET,
  toString: (): string => SECRET,
  [Symbol.toPrimitive]: (): string => SECRET,
  get [Symbol.toStringTag](): string {
    return SECRET;
  },
};

async function failureOf(run: () => unknown): Promise<Error> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("did not fail");
}

/**
 * The values that a log may see of an error: all properties, with its prototypes, getters and their
 * values.
 */
function walk(root: unknown): { texts: string[]; objects: Set<object> } {
  const texts: string[] = [];
  const objects = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    if (typeof value !== "object" || value === null || objects.has(value)) return;
    objects.add(value);
    for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
      if (at === Object.prototype || at === Array.prototype || at === Error.prototype) break;
      for (const name of Reflect.ownKeys(at)) {
        texts.push(String(name));
        visit(Reflect.get(value, name));
      }
    }
  };
  visit(root);
  return { texts, objects };
}

/** The properties that `for in` finds, also of errors in them, as the serializer of pino does. */
function serialize(error: Error): string {
  const plain: Record<string, unknown> = { type: error.constructor.name };
  for (const name in error) {
    const value = (error as unknown as Record<string, unknown>)[name];
    plain[name] = value instanceof Error ? serialize(value) : value;
  }
  return JSON.stringify({ ...plain, message: error.message, stack: error.stack });
}

function expectSafe(error: Error, value: object): void {
  const { texts, objects } = walk(error);
  expect(objects).not.toContain(value);
  const shown = [
    ...texts,
    JSON.stringify(error),
    JSON.stringify({ ...error }),
    inspect(error, { depth: Infinity, showHidden: true, getters: true }),
    serialize(error),
    String(error),
  ];
  for (const text of shown) expect(text).not.toContain(SECRET);
}

describe("An error can be logged: it has no resource, no key and no secret", () => {
  const causes: Record<string, (value: Connection) => Promise<Error>> = {
    "a wait that timed out": (value) => {
      const pool = new ResourcePool({ create: () => value, max: 1 });
      return failureOf(async () => {
        await pool.acquire({ label: "checkout" });
        await pool.acquire({ timeout: 0 });
      });
    },
    "a wait for a key that timed out": (value) => {
      const pool = new KeyedPool({ create: (_key: object) => value, max: 1 });
      return failureOf(async () => {
        await pool.acquire(HOSTILE_KEY);
        await pool.acquire(HOSTILE_KEY, { timeout: 0 });
      });
    },
    "a full queue": (value) => {
      const pool = new ResourcePool({ create: () => value, max: 1, maxWaiters: 1 });
      return failureOf(async () => {
        await pool.acquire();
        pool.acquire().catch(() => undefined);
        await pool.acquire();
      });
    },
    "a deadlock": (value) => {
      const pool = new ResourcePool({ create: () => value, max: 1, scopes: asyncLoanScopes() });
      return failureOf(() => pool.use(() => pool.use(() => undefined)));
    },
    "load that is shed": async (value) => {
      const clock = new FakeClock();
      const codel = { target: 1, interval: 10 };
      const pool = new ResourcePool({ create: () => value, max: 1, codel, clock });
      const lease = await pool.acquire();
      const refused = failureOf(async () => {
        for (let i = 0; i < 100; i++) {
          pool.acquire().catch(() => undefined);
          clock.advance(10);
          await pool.acquire();
        }
      });
      clock.advance(50);
      lease.release();
      return refused;
    },
    "a creation that failed": (value) => {
      const made = [value];
      const pool = new KeyedPool({
        create: (_key: object) => made.pop() ?? Promise.reject(new Error("refused")),
        max: 2,
      });
      return failureOf(async () => {
        await pool.acquire(HOSTILE_KEY);
        await pool.acquire(HOSTILE_KEY);
      });
    },
    "a reset that timed out": async (value) => {
      const clock = new FakeClock();
      const reset = (): Promise<void> => new Promise(() => undefined);
      const pool = new ResourcePool({ create: () => value, reset, max: 1, clock });
      const told = new Promise((resolve) => pool.on("error", ({ error }) => resolve(error)));
      (await pool.acquire()).release();
      clock.advance(5000);
      return (await told) as Error;
    },
    "a closed pool": (value) => {
      const pool = new KeyedPool({ create: (_key: object) => value, max: 1 });
      return failureOf(async () => {
        (await pool.acquire(HOSTILE_KEY)).release();
        await pool.close();
        await pool.acquire(HOSTILE_KEY);
      });
    },
    "a stale lease": (value) => {
      const pool = new ResourcePool({ create: () => value, max: 1, debug: true });
      return failureOf(async () => {
        const lease = await pool.acquire({ label: "first" });
        lease.release();
        await pool.acquire({ label: "second" });
        lease.release();
      });
    },
    "a stale lease of an object": (value) => {
      const pool = new ObjectPool({ create: () => value });
      return failureOf(() => {
        const lease = pool.lease();
        lease.release();
        lease.release();
      });
    },
  };

  for (const [name, cause] of Object.entries(causes)) {
    it(`of ${name}`, async () => {
      const value = new Connection();
      const error = await cause(value);
      expect(error).toHaveProperty("code");
      expectSafe(error, value);
    });
  }

  it("of a buffer whose lease is stale", async () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20, debug: true });
    const lease = pool.acquire(2000);
    const { value } = lease;
    value.set(new TextEncoder().encode(SECRET));
    lease.release();
    const error = await failureOf(() => lease.value);
    expect(error).toBeInstanceOf(StaleLeaseError);
    expectSafe(error, value);
  });
});

const STATE: PoolState = {
  name: "db",
  min: 0,
  max: 2,
  total: 2,
  idle: 0,
  leased: 2,
  creating: 0,
  waiting: 3,
};

describe("The holders of an error", () => {
  it("have the begin, the age, the label, the note and the stack of each loan", async () => {
    const clock = new FakeClock();
    const pool = new ResourcePool({
      create: () => new Connection(),
      max: 1,
      clock,
      sampleStacks: 1,
    });
    const before = Date.now();
    (await pool.acquire({ label: "report" })).touch("step 2");
    clock.advance(1000);
    const error = (await failureOf(() => pool.acquire({ timeout: 0 }))) as PoolTimeoutError;
    const after = Date.now();
    expect(error.holders).toEqual([
      {
        loan: "1.1",
        since: expect.any(Number),
        age: 1000,
        label: "report",
        note: "step 2",
        stack: expect.stringContaining("safe-errors.test.ts"),
      },
    ]);
    const { since } = error.holders[0]!;
    expect(Number.isInteger(since)).toBe(true);
    expect(since).toBeGreaterThanOrEqual(before - 1000);
    expect(since).toBeLessThanOrEqual(after - 1000);
    expect(pool.holders()[0]).toMatchObject({ loan: "1.1", value: expect.any(Connection) });
  });
});

describe("The message of an error of a pool", () => {
  it("has the key, the numbers of all keys, and the checks under way", () => {
    const all = { total: 1, max: 1 };
    const state = {
      ...STATE,
      name: "pool",
      key: "a",
      max: 1,
      total: 0,
      leased: 0,
      waiting: 1,
      all,
    };
    expect(new PoolTimeoutError("acquire", 5, state).message).toBe(
      'Cannot acquire resource: not done in 5 ms, pool key "a" has 0 of 1 (0 idle, 0 leased, 0 creating), 1 waiting; all keys have 1 of 1',
    );
    expect(new PoolTimeoutError("acquire", 5, { ...STATE, checking: 2 }).message).toContain(
      "db has 2 of 2 (0 idle, 2 leased, 0 creating, 2 checking), 3 waiting",
    );
    expect(new PoolTimeoutError("acquire", 5, { ...STATE, checking: 0 }).message).toContain(
      "db has 2 of 2 (0 idle, 2 leased, 0 creating), 3 waiting",
    );
  });

  it("has the key, in each class of errors", () => {
    const state = { ...STATE, key: "a\nb" };
    const loan = { loan: "1.1", label: undefined, note: undefined };
    const record = { ...loan, borrowed: undefined, returned: undefined };
    const errors = [
      new PoolTimeoutError("acquire", 5, state),
      new PoolClosedError("acquire resource", state),
      new PoolExhaustedError("deadlock", "all wait", state),
      new CreateError(new Error("down"), state, { failures: 1, isOpen: false, retryIn: 0 }),
      new StaleLeaseError("release resource", "db", record, undefined, "a\nb"),
    ];
    for (const error of errors) expect(error.message).toContain('db key "a\\nb"');
    for (const error of errors.slice(0, 4)) expect(error).toMatchObject({ pool: { key: "a\nb" } });
    expect(errors[4]).toMatchObject({ pool: "db", key: "a\nb" });
  });

  it("names the action that a bound has refused", () => {
    const error = new PoolExhaustedError(
      "bound",
      "max of 2 are lent",
      STATE,
      undefined,
      "acquire object",
    );
    expect(error).toMatchObject({ reason: "bound", code: "POOL_EXHAUSTED", holders: [] });
    expect(error.message).toMatch(/^Cannot acquire object: max of 2 are lent, db has 2 of 2 /);
  });
});

describe("The cause in the message of an error", () => {
  const create = (cause: unknown): CreateError =>
    new CreateError(cause, STATE, { failures: 1, isOpen: false, retryIn: 0 });

  it("is shown with at most 500 characters of its text", () => {
    expect(create(new Error("no route")).message).toContain("failed once (no route), db has");
    const long = new Error("x".repeat(10_000));
    expect(create(long).message.length).toBeLessThan(650);
    expect(create(long).message).toContain(`(${"x".repeat(499)}…)`);
    expect(create(long).cause).toBe(long);
    expect(create("y".repeat(10_000)).message.length).toBeLessThan(650);
  });

  it("is shown by its code if it has no message, like Node's error of a refused connection", () => {
    const refused = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
    expect(create(refused).message).toContain("(ECONNREFUSED)");
    expect(create(new RangeError("")).message).toContain("(RangeError)");
    expect(create({ message: "an object" }).message).toContain("(an object)");
    expect(create(null).message).toContain("(null)");
  });

  it("never makes the error fail, whatever was thrown", () => {
    const throwing = (): never => {
      throw new Error("hostile");
    };
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = [
      Object.defineProperty(new Error("a"), "message", { get: throwing }),
      Object.assign(new Error("a"), { message: { toString: throwing } }),
      Object.assign(new Error("a"), { message: Symbol("message") }),
      Object.assign(new Error("a"), { message: Object.create(null) }),
      Object.create(null),
      { toString: throwing },
      { toString: () => ({}) as never },
      new Proxy({}, { getPrototypeOf: throwing, get: throwing }),
      revoked,
      Symbol("thrown"),
      undefined,
      null,
      10n,
      () => undefined,
      Object.assign(() => undefined, { toString: throwing }),
    ];
    for (const cause of hostile) {
      expect(create(cause).message).toMatch(/failed once \([^]+\), db has/);
      const error = new PoolTimeoutError("acquire", 5, STATE, { cause });
      expect(error.cause).toBe(cause);
    }
  });

  it("is in the message of a timeout, as the last failure", () => {
    const cause = new Error("no answer");
    const error = new PoolTimeoutError("acquire", 5, STATE, { cause });
    expect(error.message).toContain("3 waiting; last failure: no answer");
    expect(error.cause).toBe(cause);
    expect(new PoolTimeoutError("acquire", 5, STATE)).not.toHaveProperty("cause");
  });
});

describe("The report of close", () => {
  it("can be logged, and still has the resources that were left", async () => {
    const value = new Connection();
    const pool = new ResourcePool({ create: () => value, max: 1 });
    await pool.acquire({ label: "endless" });
    const report = await pool.close({ deadline: 0 });
    await settled();
    expect(report.left[0]!.value).toBe(value);
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ left: [{ label: "endless" }] });
    expect(inspect(report, { depth: Infinity })).not.toContain(SECRET);
    expect(JSON.stringify({ ...report.left[0] })).not.toContain(SECRET);
  });
});
