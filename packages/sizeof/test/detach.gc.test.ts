import { runInNewContext } from "node:vm";
import { heldBytes } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import { detach, detachBuffer, detachDeep } from "../src/index.ts";

const PAGE = 5_000_000;
const TITLE = "A title of more than 13 characters";

/** A new text of `length` characters that contains the title twice. */
function makePage(filler = "lorem ipsum"): string {
  const page = `  ${TITLE}  ${`<${filler}>`.repeat(PAGE / (filler.length + 2))}<${TITLE}>`;
  // Reading joins the parts of a concatenation.
  page.charCodeAt(PAGE / 2);
  return page;
}

/** Bytes that a value keeps alive, before and after its texts are detached. */
async function heldBy<T>(make: () => T, detached: (value: T) => T): Promise<[number, number]> {
  const before = await heldBytes();
  let value = make();
  // The engine keeps the last text that a regular expression matched.
  /(?:)/.test("");
  const cut = (await heldBytes()) - before;
  value = detached(value);
  let own = (await heldBytes()) - before;
  // The compiler works in another thread, and may keep objects alive for a while.
  for (let i = 0; i < 5 && own > cut / 2; i++) own = (await heldBytes()) - before;
  // Keeps the value alive until here.
  expect(detached(value)).toBeDefined();
  return [cut, own];
}

const cuts: readonly [name: string, cut: (page: string) => string][] = [
  ["substring", (page) => page.substring(2, 2 + TITLE.length)],
  ["slice", (page) => page.slice(-1 - TITLE.length, -1)],
  ["split", (page) => page.split("<", 1)[0]!.slice(2, -2)],
  ["match", (page) => page.match(/A title[^<]*characters/)![0]],
  ["groups", (page) => /(?<title>A title[^<]*characters)/.exec(page)!.groups!["title"]!],
  ["matchAll", (page) => [...page.matchAll(/(A title[^<]*characters)/g)][1]![1]!],
  ["replace", (page) => replaced(page)],
  ["trim", (page) => page.slice(0, 4 + TITLE.length).trim()],
];

function replaced(page: string): string {
  let found = "";
  page.replace(/A title[^<]*characters/, (title) => (found = title));
  return found;
}

describe("a detached text keeps no other text alive", () => {
  test.each([
    ["one byte", "lorem ipsum", "lorem"],
    ["two bytes", "\u4e00\u4e01\u4e02", "\u4e00\u4e01"],
    ["two bytes, cut to one", "\u4e00\u4e01\u4e02", ""],
  ])("%s per character", async (_name, filler, end) => {
    const length = TITLE.length + 4 + end.length;
    const [cut, own] = await heldBy(() => makePage(filler).slice(2, 2 + length), detach);
    expect(cut).toBeGreaterThan(PAGE * 0.8);
    expect(own).toBeLessThan(100_000);
  });
});

interface Node {
  [key: PropertyKey]: unknown;
}

const inOtherRealm = runInNewContext("(text) => [{ a: { text } }]") as (text: string) => object;
const symbol = Symbol("s");
const containers: readonly [name: string, hold: (text: string) => object][] = [
  ["a field", (text) => ({ text })],
  ["an element", (text) => [1, text]],
  ["a nested field", (text) => [{ a: [[{ b: { text } }]] }]],
  ["a symbol", (text) => ({ [symbol]: { text } })],
  ["a symbol of an array", (text) => Object.assign([1], { [symbol]: text })],
  ["a symbol of a long array", (text) => Object.assign(Array(70_000).fill(0), { [symbol]: text })],
  ["a hidden field", (text) => Object.defineProperty({}, "a", { value: text, writable: true })],
  ["no prototype", (text) => Object.assign(Object.create(null) as object, { text })],
  ["a field of an array", (text) => Object.assign([1, 2, 3], { text })],
  ["a field of a long array", (text) => Object.assign(Array(4000).fill(0), { text })],
  ["the end of a long array", (text) => [...Array<number>(100_000).fill(0), text]],
  ["a sparse array", (text) => Object.assign([], { 4_000_000_000: text, 7: 1 })],
  ["an array with holes", (text) => Object.assign(Array(20_000), { 19_999: text })],
  ["an object with indices", (text) => ({ 0: 1, 7: text, 1e9: text })],
  ["a dictionary", (text) => ({ ...Object.fromEntries(Array(2000).entries()), text })],
  ["an object in a frozen object", (text) => Object.freeze([Object.freeze({ a: { text } })])],
  ["a sealed object", (text) => Object.seal({ text })],
  ["an object without extensions", (text) => Object.preventExtensions([text])],
  ["another realm", (text) => inOtherRealm(text)],
  [
    "the name __proto__",
    (text) => Object.defineProperty({}, "__proto__", { value: text, writable: true }),
  ],
  ["a cycle", (text) => cycle(text)],
  ["text groups", (text) => /(?<all>.*)/.exec(text)!.groups!],
];

function cycle(text: string): object {
  const a: Node = { b: { c: {} } };
  a["self"] = a;
  (a["b"] as Node)["up"] = [a, { a, text }];
  return a;
}

describe("a detached text does not keep the page that it was cut out of", () => {
  test.each(cuts)("by %s", async (_name, cut) => {
    const [before, after] = await heldBy(() => ({ a: [cut(makePage())] }), detachDeep);
    expect(before).toBeGreaterThan(PAGE * 0.8);
    expect(after).toBeLessThan(100_000);
  });

  test.each(containers)("in %s", async (_name, hold) => {
    const make = (): object => hold(makePage().slice(2, 2 + TITLE.length));
    const [before, after] = await heldBy(make, detachDeep);
    expect(before).toBeGreaterThan(PAGE * 0.8);
    expect(before - after).toBeGreaterThan(PAGE * 0.8);
  });
});

test("a text that many fields share stays one text", async () => {
  const make = (): object => {
    const read = (text: string): string => Buffer.from(text).toString();
    const texts = Array.from({ length: 20 }, (_, i) => read(`${i} ${"shared ".repeat(200)}`));
    const long = ["1", "22"].map((end) => read("x".repeat(20_000) + end));
    return Array.from({ length: 3000 }, (_, i) => ({
      unique: read(`${i} of its own, with some more text`),
      shared: texts[i % 20]!,
      status: texts[0]!,
      body: long[i % 2],
    }));
  };
  const [before, after] = await heldBy(make, detachDeep);
  expect(before).toBeGreaterThan(150_000);
  expect(after).toBeLessThan(before * 1.3);
});

test("detachDeep keeps nothing alive after the call", async () => {
  const [, after] = await heldBy<object | undefined>(
    () => undefined,
    () => {
      const texts = Array.from({ length: 20_000 }, (_, i) => ({ text: `${i} `.repeat(20) }));
      detachDeep(texts);
      return [];
    },
  );
  expect(after).toBeLessThan(100_000);
});

const views: readonly [name: string, cut: (block: ArrayBuffer) => ArrayBufferView][] = [
  ["Buffer", (block) => Buffer.from(block).subarray(100, 300)],
  ["Uint8Array", (block) => new Uint8Array(block, 7, 100)],
  ["Float64Array", (block) => new Float64Array(block, 16, 100)],
  ["DataView", (block) => new DataView(block, 7, 100)],
  ["view of nothing", (block) => new Uint16Array(block, PAGE, 0)],
];

test.each(views)("%s: a copy keeps no other block alive", async (_name, cut) => {
  const [before, after] = await heldBy(() => cut(new ArrayBuffer(PAGE)), detachBuffer);
  expect(before).toBeGreaterThan(PAGE * 0.8);
  expect(after).toBeLessThan(100_000);
});
