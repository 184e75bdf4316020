import { serialize, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import { detachDeep } from "../src/index.ts";

setFlagsFromString("--allow-natives-syntax");
/** Whether two objects have the same hidden class. */
const isSameShape = new Function("a", "b", "return %HaveSameMap(a, b)") as (
  a: object,
  b: object,
) => boolean;

const DOCUMENT = "\u4e00 a title of more than 13 characters";
/** A text that takes two bytes per character, while its copy takes one. */
const CUT = DOCUMENT.slice(2);

function isCopy(text: unknown): boolean {
  return text === CUT && serialize(text)[2] === 0x22;
}

test("a text differs from its copy by the bytes per character", () => {
  expect(isCopy(CUT)).toBe(false);
  expect(isCopy([CUT][0])).toBe(false);
  expect(isCopy(detachDeep(CUT))).toBe(true);
});

describe("detachDeep replaces texts", () => {
  test("and returns the value itself", () => {
    for (const value of [1, null, undefined, true, 1n, Symbol.iterator, "short", detachDeep]) {
      expect(detachDeep(value)).toBe(value);
    }
    for (const value of [[], {}, [CUT], { a: CUT }, new Map(), new Date()]) {
      expect(detachDeep(value)).toBe(value);
    }
  });

  test("in fields with keys of any kind", () => {
    const symbol = Symbol("s");
    const value: Record<PropertyKey, unknown> = { a: CUT, 7: CUT, "": CUT, [symbol]: CUT };
    Object.defineProperty(value, "hidden", { value: CUT, writable: true });
    Object.defineProperty(value, "__proto__", { value: CUT, writable: true, enumerable: true });
    Object.defineProperty(value, "constructor", { value: CUT, writable: true });
    detachDeep(value);
    const keys = Reflect.ownKeys(value);
    expect(keys).toEqual(["7", "a", "", "hidden", "__proto__", "constructor", symbol]);
    for (const key of keys) expect([key, isCopy(value[key])]).toEqual([key, true]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("in a match, except for its input, which the engine keeps anyway", () => {
    const match = CUT.match(/title of (.+)/)!;
    detachDeep(match);
    expect(isCopy(match.input)).toBe(false);
    const whole = detachDeep(CUT.match(/^.+$/)!);
    expect(isCopy(whole[0])).toBe(true);
  });

  test("in elements, and in fields of arrays", () => {
    for (const length of [1, 999, 1000, 1001, 4096, 4097, 70_000]) {
      const array = new Array<unknown>(length).fill(0);
      array[0] = array[length >> 1] = array[length - 1] = CUT;
      const symbol = Symbol("s");
      detachDeep(Object.assign(array, { [symbol]: CUT }, length < 4097 && { field: CUT }));
      const { field = detachDeep(CUT), [symbol]: under } = array as never as Record<
        PropertyKey,
        unknown
      >;
      for (const text of [array[0], array[length >> 1], array[length - 1], field, under]) {
        expect([length, isCopy(text)]).toEqual([length, true]);
      }
      expect(array.length).toBe(length);
    }
  });

  test("in an array with holes, and keeps the holes", () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = CUT;
    sparse[5] = CUT;
    const holey = new Array<unknown>(30_000);
    holey[29_999] = CUT;
    holey[1] = CUT;
    const mixed = Object.assign(Array<string>(3), { 0: CUT, 2: CUT });
    for (const array of [sparse, holey, mixed] as unknown[][]) {
      const keys = Object.keys(array);
      const { length } = array;
      detachDeep(array);
      expect(Object.keys(array)).toEqual(keys);
      expect(array.length).toBe(length);
      expect(keys.map((key) => isCopy(array[Number(key)]))).toEqual(keys.map(() => true));
    }
  });

  test("in all objects that can be reached, and visits each object once", () => {
    const shared = { text: CUT };
    const value = { a: [shared, [shared]], b: Object.create(null) as { c?: unknown }, d: {} };
    value.b.c = [[CUT]];
    value.d = value;
    detachDeep(value);
    expect(isCopy(shared.text)).toBe(true);
    expect(isCopy((value.b.c as string[][])[0]![0])).toBe(true);
  });

  test("in objects that a field holds which can't be written", () => {
    const deep = { text: CUT };
    const value = Object.freeze([Object.freeze({ deep, text: CUT })]);
    detachDeep(value);
    expect(isCopy(deep.text)).toBe(true);
    expect(isCopy(value[0]!.text)).toBe(false);
  });

  test("in sealed objects, and in objects that are not extensible", () => {
    const value = [
      Object.seal({ text: CUT }),
      Object.preventExtensions({ text: CUT }),
      Object.seal(Object.assign(Object.create(null) as { text: string }, { text: CUT })),
    ];
    detachDeep(value);
    expect(value.map(({ text }) => isCopy(text))).toEqual([true, true, true]);
  });

  test("in objects of other realms, instances of Array subclasses and arguments", () => {
    class List extends Array<string> {}
    const lists = [
      runInNewContext("(text) => [text, { text }, { __proto__: null, text }]") as (
        text: string,
      ) => unknown[],
      List.of.bind(List),
      function (): ArrayLike<unknown> {
        // oxlint-disable-next-line prefer-rest-params
        return arguments;
      },
    ].map((make) => (make as (text: string) => ArrayLike<unknown>)(CUT));
    detachDeep(lists);
    expect(lists.map((list) => isCopy(list[0]))).toEqual([true, true, true]);
    expect(isCopy((lists[0]![1] as { text: string }).text)).toBe(true);
    expect(isCopy((lists[0]![2] as { text: string }).text)).toBe(true);
    expect(lists[1]).toBeInstanceOf(List);
  });

  test("100,000 levels deep, and in many objects", () => {
    let deep: { next?: unknown; text: string }[] = [{ text: CUT }];
    const first = deep;
    for (let i = 0; i < 100_000; i++) deep = [{ next: deep, text: "" }];
    detachDeep(deep);
    expect(isCopy(first[0]!.text)).toBe(true);
    const many = Array.from({ length: 100_000 }, () => ({ text: CUT }));
    detachDeep(many);
    expect(many.every(({ text }) => isCopy(text))).toBe(true);
  });

  test("even if many of them are equal", () => {
    const value = Array.from({ length: 5000 }, (_, i) => [`a text with its number ${i}`, CUT]);
    detachDeep(value);
    expect(value.map(([text]) => text)).toEqual(value.map((_, i) => `a text with its number ${i}`));
    expect(value.every(([, text]) => isCopy(text))).toBe(true);
  });

  test("without confusing long texts with the same ends", () => {
    const texts = ["a", "b", "c"].map((mid) => "x".repeat(2000) + mid + "x".repeat(2000));
    const value = [...texts, ...texts, texts.join(""), "x".repeat(4001)];
    expect(detachDeep([...value])).toEqual(value);
  });
});

describe("detachDeep does not change", () => {
  test("descriptors, order of keys and hidden classes", () => {
    const make = () => ({ b: CUT, a: 1, c: { d: CUT, e: null }, f: [CUT, 1] });
    const [value, other] = [make(), make()];
    Object.defineProperty(value, "g", { value: CUT, writable: true, configurable: true });
    Object.defineProperty(other, "g", { value: CUT, writable: true, configurable: true });
    const before = Object.getOwnPropertyDescriptors(value);
    detachDeep(value);
    expect(Object.getOwnPropertyDescriptors(value)).toEqual(before);
    expect(Object.keys(value)).toEqual(["b", "a", "c", "f"]);
    expect(isSameShape(value, other)).toBe(true);
    expect(isSameShape(value.c, other.c)).toBe(true);
    expect(isSameShape(value.f, other.f)).toBe(true);
  });

  test("instances, collections and buffers", () => {
    class Box {
      text = CUT;
    }
    class NoProto {
      text = CUT;
    }
    Object.setPrototypeOf(NoProto.prototype, null);
    const held = { text: CUT };
    const map = new Map([[CUT, held]]);
    const value = [new Box(), new NoProto(), map, new Set([held]), new String(CUT)] as const;
    const error = new Error(CUT);
    detachDeep([...value, error, new Uint8Array(8), new WeakMap(), Promise.resolve(held), /a/]);
    expect([value[0].text, value[1].text, held.text, error.message].map(isCopy)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([...map.keys()].map(isCopy)).toEqual([false]);
  });

  test("frozen objects, and fields that are not writable", () => {
    const frozen = Object.freeze([CUT]);
    const fixed = Object.defineProperty({ a: CUT }, "b", { value: CUT, enumerable: true });
    detachDeep([frozen, fixed, Object.freeze({ a: CUT })]);
    expect(isCopy(frozen[0])).toBe(false);
    expect(isCopy(fixed.a)).toBe(true);
    expect(isCopy((fixed as never as { b: string }).b)).toBe(false);
  });

  test("names of fields", () => {
    const value = { [CUT]: 1, 7: { [CUT]: CUT } };
    const names = [Object.keys(value)[1], Object.keys(value[7])[0]];
    expect(names.map(isCopy)).toEqual([false, false]);
    detachDeep(value);
    expect([Object.keys(value)[1], Object.keys(value[7])[0]].map(isCopy)).toEqual([false, false]);
  });
});

describe("detachDeep runs no", () => {
  const run = (): never => {
    throw new Error("ran");
  };
  const accessor = { get: run, set: run, enumerable: true, configurable: true };

  test("own and inherited getters and setters", () => {
    const proto = Object.defineProperty({}, "text", accessor);
    const shadowed = Object.defineProperty(Object.create(proto), "text", {
      value: CUT,
      writable: true,
    }) as { text: string };
    const value = [
      Object.defineProperty({ text: CUT }, "a", accessor),
      Object.defineProperty([CUT, CUT], 1, accessor),
      Object.defineProperty({}, "a", { get: undefined, set: undefined } as object),
      Object.defineProperty({}, "a", { set: run }),
      Object.defineProperty({}, Symbol.toStringTag, accessor),
      Object.defineProperty([], Symbol.iterator, accessor),
      Object.defineProperty([], "map", accessor),
      shadowed,
    ];
    detachDeep(value);
    expect(isCopy((value[0] as { text: string }).text)).toBe(true);
    expect(isCopy((value[1] as string[])[0])).toBe(true);
  });

  test("setters of Object.prototype, and no property that descriptors would inherit", () => {
    const trap = { __proto__: null, get: run, set: run, configurable: true };
    const text = { __proto__: null, value: CUT, writable: true };
    const bare = { __proto__: null, get: undefined, set: undefined } as object;
    const [field, element, none] = [{}, [], {}] as Record<string, unknown>[];
    Object.defineProperty(field, "text", text);
    Object.defineProperty(element, 7, text);
    Object.defineProperty(none, "none", bare);
    Object.defineProperty(none, "both", trap);
    const polluted: Record<string, object> = { text: trap, 7: trap, value: text, writable: text };
    try {
      for (const [key, property] of Object.entries(polluted)) {
        const removable = { __proto__: null, ...property, configurable: true };
        // oxlint-disable-next-line no-extend-native
        Object.defineProperty(Object.prototype, key, removable);
      }
      detachDeep([field, element, none]);
    } finally {
      for (const key of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, key);
    }
    expect(Reflect.ownKeys(Object.prototype)).not.toContain("value");
    expect([isCopy(field!["text"]), isCopy(element![7])]).toEqual([true, true]);
  });

  test("traps of proxies, even of revoked proxies and of proxies among the prototypes", () => {
    const trapped = new Proxy({}, { get: () => run });
    const handler = new Proxy({}, { get: run });
    const proxies = [{}, [], () => 1].map((target) => new Proxy(target, handler));
    const { proxy, revoke } = Proxy.revocable<object>([], {});
    revoke();
    const held = { text: CUT };
    const value = [
      ...proxies,
      proxy,
      { trapped, proxy },
      Object.create(proxies[0]!),
      Object.create(proxy),
      Object.setPrototypeOf([CUT], proxies[0]!) as string[],
      Object.setPrototypeOf([CUT], proxy) as string[],
      new Proxy(held, {}),
    ];
    expect(detachDeep(value)).toBe(value);
    expect(isCopy(held.text)).toBe(false);
    expect(detachDeep(proxy)).toBe(proxy);
    expect(isCopy((value.at(-2) as string[])[0])).toBe(true);
  });

  test("code of special objects without a prototype, or with Object.prototype", () => {
    const strange = [
      Object.setPrototypeOf(new Uint8Array(100), null),
      Object.setPrototypeOf(new Map([[1, CUT]]), null),
      Object.setPrototypeOf(new String(CUT), null),
      Object.setPrototypeOf(() => 1, null),
      Object.setPrototypeOf(new Date(), Object.prototype),
      Math,
      Reflect,
      globalThis,
      Object.prototype,
      Array.prototype,
      Object.create(new Uint8Array(8)),
      Array(1),
    ] as unknown[];
    expect(detachDeep(strange)).toBe(strange);
  });

  test("code of a module, even before its variables have values", async () => {
    const { stdout, stderr } = await runProgram(new URL("programs/namespace.ts", import.meta.url));
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([true, true, "text of more than 13 characters"]);
  });
});
