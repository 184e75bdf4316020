import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The package in a runtime that can't recognize proxies, and does not say how texts are stored. */
async function inBrowser(): Promise<typeof import("../src/index.ts")> {
  vi.resetModules();
  vi.stubGlobal("process", Object.create(process, { getBuiltinModule: { value: undefined } }));
  return import("../src/index.ts");
}

test("get traps never run if proxies can't be recognized", async () => {
  const { measure, sizeOf } = await inBrowser();
  const ran: string[] = [];
  const handler: ProxyHandler<object> = {
    get: (_target, key) => {
      ran.push(String(key));
      return undefined;
    },
  };
  const targets = [
    { a: 1 },
    [1, { b: 2 }],
    new Map([[1, 2]]),
    new Date(0),
    () => 1,
    new Uint8Array(9),
  ];
  for (const target of targets) {
    expect(sizeOf({ proxy: new Proxy(target, handler) })).toBeGreaterThan(0);
    expect(measure([new Proxy(target, handler)]).bytes).toBeGreaterThan(0);
  }
  expect(ran).toEqual([]);
});

test("traps that throw, and revoked proxies, make a value opaque", async () => {
  const { measure } = await inBrowser();
  const angry = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("trap");
      },
    },
  );
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  expect(measure([angry, { a: 1 }, proxy])).toMatchObject({ opaque: 2, max: Infinity });
});

test("values have the same size as on Node", async () => {
  const values = [
    { a: 1.5, b: "text", c: [1, "x".repeat(30), { d: null }] },
    new Map([[1, new Set([2])]]),
  ];
  const { compressedV8, sizeOf } = await import("../src/index.ts");
  const onNode = values.map((value) => sizeOf(value, { profile: compressedV8 }));
  const browser = await inBrowser();
  expect(values.map((value) => browser.sizeOf(value, { profile: browser.compressedV8 }))).toEqual(
    onNode,
  );
  expect(browser.measure("x".repeat(30)).max).toBeGreaterThan(0);
});
