import { afterEach, describe, expect, it, vi } from "vitest";
import type { LeakError } from "../../src/assertions/leak-error.ts";
import { leakScope, type LeakScope } from "../../src/assertions/leak-scope.ts";

class Session {
  readonly user = "ada";
}

const held: unknown[] = [];

afterEach(() => {
  held.length = 0;
});

/** Code under test, in frames of its own. */
function serve(scope: LeakScope, isLeaking: boolean): void {
  const session = scope.track(new Session(), "session");
  if (isLeaking) held.push(session);
  scope.track(() => session.user);
}

describe("leakScope", () => {
  it("passes if all objects are collected at its end", async () => {
    const scope = leakScope();
    serve(scope, false);
    serve(scope, false);
    await scope.close();
  });

  it("throws with what holds an object that is left, by close and by await using", async () => {
    const run = async (): Promise<void> => {
      await using scope = leakScope();
      serve(scope, true);
    };
    const error = (await run().catch((reason: unknown) => reason)) as LeakError;
    expect(error.code).toBe("LEAK");
    expect(error.leaks).toMatchObject([
      { label: "session", className: "Session", verdict: "live" },
    ]);
    expect(error.message).toContain("Cannot collect 1 of 2 objects: the program holds them");
    expect(error.leaks[0]!.paths.length).toBeGreaterThan(0);
  });

  it("reports to the console instead, and can be used again", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const scope = leakScope({ onLeak: "report" });
    serve(scope, true);
    await scope.close();
    expect(warn.mock.calls).toMatchObject([[expect.stringContaining('Session "session": live')]]);
    held.length = 0;
    serve(scope, false);
    await scope.close();
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it("refuses wrong options and what cannot be collected", () => {
    expect(() => leakScope({ onLeak: "log" as never })).toThrow(RangeError);
    expect(() => leakScope({ onleak: "throw" } as never)).toThrow(TypeError);
    expect(() => leakScope().track(1 as never)).toThrow("Cannot track object: it is 1");
  });
});
