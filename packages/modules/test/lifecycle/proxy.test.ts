import { track } from "@heapwise/leaks";
import { expect, test } from "vitest";
import { Program } from "./program.ts";

const SHOP = `
class Price { #net; constructor(net) { this.#net = net; } get gross() { return this.#net * 1.2; } twin() { return new Price(this.#net); } }
exports.Price = Price;
exports.list = [1, 2, 3];
exports.prices = new Map();
exports.nested = { deep: { f: () => "deep" } };
exports.promise = async () => new Price(10);
exports.breaks = () => { throw new TypeError("mishap"); };
exports.hold = { value: undefined };
exports.same = (value) => value;
exports.isPrice = (value) => value instanceof Price && #net in value;
`.replace(" && #net in value", "");

interface Price {
  readonly gross: number;
  twin(): Price;
}

interface Shop {
  Price: new (net: number) => Price;
  list: number[];
  prices: Map<string, unknown>;
  nested: { deep: { f(): string } };
  promise(): Promise<Price>;
  breaks(): void;
  hold: { value: unknown };
  same<T>(value: T): T;
  isPrice(value: unknown): boolean;
}

test("a proxy does what the exports do, and what is read again is the same", async () => {
  const program = new Program({ "shop.js": SHOP });
  const handle = await program.host.load<Shop>("./shop.js");
  const { proxy } = handle;
  expect(handle.proxy).toBe(proxy);
  expect(proxy.nested.deep.f).toBe(proxy.nested.deep.f);
  expect(proxy.nested.deep.f()).toBe("deep");
  const price = new proxy.Price(10);
  expect([price.gross, price.twin().gross]).toEqual([12, 12]);
  expect(price instanceof proxy.Price).toBe(true);
  expect(proxy.isPrice(price)).toBe(true);
  expect((await proxy.promise()).gross).toBe(12);
  expect([...proxy.list]).toEqual([1, 2, 3]);
  expect(Object.keys(proxy)).toEqual(Object.keys(handle.exports));
  expect(Array.isArray(proxy.list)).toBe(true);
  expect(JSON.stringify(proxy.list.map((each) => each + 1))).toBe("[2,3,4]");
  expect(Object.getOwnPropertyDescriptor(proxy.list, "length")).toMatchObject({ value: 3 });
  expect(() => proxy.breaks()).toThrow(TypeError);
  proxy.hold.value = 7;
  expect(handle.exports.hold.value).toBe(7);
  expect("list" in proxy && !("other" in proxy)).toBe(true);
});

test("an object that was passed in comes out as it is", async () => {
  const program = new Program({ "shop.js": SHOP });
  const { proxy } = await program.host.load<Shop>("./shop.js");
  const own = { own: true };
  expect(proxy.same(own)).toBe(own);
  proxy.prices.set("own", own);
  expect(proxy.prices.get("own")).toBe(own);
  expect(proxy.same(proxy.nested)).toBe(proxy.nested);
});

test("after the unload all that was read through a proxy throws, and holds no code", async () => {
  const program = new Program({ "shop.js": SHOP });
  const { host } = program;
  const kept = await (async () => {
    const { proxy } = await host.load<Shop>("./shop.js");
    const { nested, same, list, Price } = proxy;
    return { proxy, nested, same, list, Price, price: new Price(1), late: proxy.promise() };
  })();
  const report = await host.unload("shop.js", { verify: "fast" });
  expect(report.reclaimed).toBe("plainly");
  const { proxy, nested, same, list, Price, price } = kept;
  for (const use of [
    () => proxy.list,
    () => nested.deep,
    () => same(1),
    () => list.length,
    () => new Price(1),
    () => price.gross,
    () => Object.keys(nested),
    () => "deep" in nested,
    () => (list[0] = 2),
  ]) {
    expect(use).toThrow('module "shop.js" version 1 is unloaded');
  }
});

test("a proxy that nobody keeps is collected while its module goes on", async () => {
  const program = new Program({ "shop.js": SHOP });
  const handle = await program.host.load<Shop>("./shop.js");
  const probe = (() => track(new handle.proxy.Price(1)))();
  expect(await probe.status()).toBe("collected");
});

test("exports that are a function or a primitive have a proxy too", async () => {
  const program = new Program({
    "f.js": "module.exports = (a) => a + 1;",
    "text.js": "module.exports = 'text';",
  });
  const f = await program.host.load<(a: number) => number>("./f.js");
  expect(f.proxy(1)).toBe(2);
  expect((await program.host.load<string>("./text.js")).proxy).toBe("text");
});
