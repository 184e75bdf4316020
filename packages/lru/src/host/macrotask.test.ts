import { expect, it } from "vitest";
import { macrotasksOf, type MacrotaskHost } from "./macrotask.ts";

function refused(): never {
  throw new Error("Disallowed operation called within global scope");
}

const real = { setImmediate, setTimeout } as unknown as Required<MacrotaskHost>;

it.each<readonly [string, MacrotaskHost, string]>([
  ["setImmediate if the host has it", real, "setImmediate"],
  ["a timer if it does not", { setTimeout: real.setTimeout }, "setTimeout"],
])("A macrotask is started by %s, once, after all promises", async (_, host, name) => {
  const begun: string[] = [];
  const watched = Object.fromEntries(
    Object.entries(host).map(([each, start]) => [
      each,
      start &&
        function (this: unknown, ...args: unknown[]): unknown {
          const made: unknown = new.target
            ? Reflect.construct(start as never, args)
            : (start as (...args: unknown[]) => unknown)(...args);
          begun.push(each);
          return made;
        },
    ]),
  );
  let runs = 0;
  const run = new Promise<void>((resolve) => macrotasksOf(watched)(() => (runs++, resolve())));
  for (let i = 0; i < 1000; i++) await Promise.resolve();
  expect([runs, begun]).toEqual([0, [name]]);
  await run;
  await new Promise((resolve) => void setImmediate(resolve));
  expect(runs).toBe(1);
});

it.each<readonly [string, MacrotaskHost]>([
  ["has no functions for it", {}],
  ["refuses them", { setImmediate: refused, setTimeout: refused }],
  ["drops its timers with a request", { ...real, navigator: { userAgent: "Cloudflare-Workers" } }],
])("Promises stand in for a macrotask if the host %s", async (_, host) => {
  let runs = 0;
  macrotasksOf(host)(() => void runs++);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  expect(runs).toBe(0);
  for (let i = 0; i < 100; i++) await Promise.resolve();
  expect(runs).toBe(1);
});
