import { afterEach, describe, expect, it } from "vitest";
import { captureStack } from "./errors.ts";
import { ResourcePool } from "./resource-pool/resource-pool.ts";

const { prepareStackTrace, stackTraceLimit } = Error;

afterEach(() => {
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
});

/** Calls `captureStack` with a number of frames to skip. */
function capture(): string | undefined {
  return captureStack(1);
}

describe("The stack of a loan", () => {
  it("consists of the lines from its borrower on", () => {
    const stack = capture();
    expect(stack).toMatch(/^at .*errors\.test\.ts:\d+:\d+/);
    expect(stack).not.toContain("capture");
    expect(stack).toContain("\n    at ");
  });

  const hooks: Record<string, unknown> = {
    "call sites": (_: Error, sites: unknown) => sites,
    nothing: () => undefined,
    "an object": () => ({ split: "no function" }),
    "a number": () => 1,
    "a text without lines": () => "none",
    "an empty text": () => "",
    "an error": () => {
      throw new Error("hook");
    },
  };
  for (const [name, hook] of Object.entries(hooks)) {
    it(`is undefined if the hook of the program returns ${name}`, () => {
      Error.prepareStackTrace = hook as typeof prepareStackTrace;
      expect(capture()).toBe(undefined);
    });
  }

  it("is the text that the hook of the program returns", () => {
    Error.prepareStackTrace = () => "Error\n at a\n at b\n  at c (d.ts:1)\n\tat e";
    expect(capture()).toBe("at c (d.ts:1)\n    at e");
  });

  for (const limit of [0, 1, 2, -1, NaN, Infinity, 1e9, undefined, "10", {}, null]) {
    it(`is a text or undefined with a stackTraceLimit of ${String(limit)}`, () => {
      Error.stackTraceLimit = limit as number;
      const stack = capture();
      if (stack !== undefined) expect(stack).toMatch(/^at /);
      expect(stack === undefined).toBe(!(typeof limit === "number" && limit > 2));
    });
  }

  it("never makes a loan fail", async () => {
    Error.prepareStackTrace = (_, sites) => sites;
    const pool = new ResourcePool({ create: () => ({}), max: 1, debug: true });
    const lease = await pool.acquire();
    expect(pool.holders()).toMatchObject([{ stack: undefined }]);
    const waiting = pool.acquire({ timeout: 10_000 });
    lease.release();
    expect(() => lease.release()).toThrow("has ended");
    (await waiting).release();
    await pool.close();
  });

  it("may be written by a hook that uses the pool itself", async () => {
    const pool = new ResourcePool({ create: () => ({}), max: 1, sampleStacks: 1 });
    let calls = 0;
    Error.prepareStackTrace = (_, sites) => {
      calls++;
      pool.tryAcquire()?.release();
      return sites.map((site) => `at ${site.getFunctionName() ?? "none"}`).join("\n");
    };
    const lease = await pool.acquire();
    expect(calls).toBeGreaterThan(0);
    expect(pool.stats()).toMatchObject({ leased: 1, total: 1 });
    lease.release();
    await pool.close();
  });
});
