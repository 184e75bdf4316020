import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { findPath, findPathsByRoot } from "../../src/paths/find-paths.ts";
import type { RetainingPath } from "../../src/paths/retaining-path.ts";

/** What must be printed for the object of each class, without places in files. */
const PATHS: Readonly<Record<string, string>> = {
  DeepInGlobal: `
    global: globalThis.planted → Object
      .list → Array
      [1] → DeepInGlobal`,
  UnderKey: `
    global: globalThis["a key"] → UnderKey`,
  UnderSymbol: `
    global: globalThis[Symbol(my.registry)] → UnderSymbol`,
  MapValue: `
    global: globalThis.map → Map
      .get("u1") → MapValue`,
  MapKey: `
    global: globalThis.map → Map
      key → MapKey`,
  NumberedValue: `
    global: globalThis.map → Map
      .get(number) → NumberedValue`,
  SymbolValue: `
    global: globalThis.map → Map
      .get(Symbol(s)) → SymbolValue`,
  DeepInMaps: `
    global: globalThis.map → Map
      .get("outer") → Map
      .get("in.ner") → Object
      .set → Set
      entry → DeepInMaps`,
  InDictionary: `
    global: globalThis.dictionary → Object
      ["the key"] → InDictionary`,
  InSparseArray: `
    global: globalThis.sparse → Array
      [1000000000] → InSparseArray`,
  OnTypedArray: `
    global: globalThis.bytes → Uint8Array
      .extra → OnTypedArray`,
  OnError: `
    global: globalThis.error → Error
      .detail → OnError`,
  InArguments: `
    global: globalThis.args → Arguments
      [0] → InArguments`,
  HeldByRegistry: `
    global: globalThis.registry → FinalizationRegistry
      held value → HeldByRegistry`,
  PromiseValue: `
    global: globalThis.promise → Promise
      value → PromiseValue`,
  InGetter: `
    global: globalThis.withGetter → Object
      get y → closure read
      variable \`held\` → InGetter`,
  InClosure: `
    global: globalThis.closure → closure uses
      variable \`held\` → InClosure`,
  InBlock: `
    global: globalThis.block → anonymous closure
      variable \`count\` or \`inBlock\` → InBlock`,
  OnPrototype: `
    global: globalThis.Array → closure Array
      .prototype → Array
      .planted → OnPrototype`,
  InPrepareStackTrace: `
    global: globalThis.Error → closure Error
      .prepareStackTrace → anonymous closure
      variable \`held\` → InPrepareStackTrace`,
  InClassStatic: `
    global: globalThis.Holder → closure Holder
      .instances → Set
      entry → InClassStatic`,
  InPrivateField: `
    global: globalThis.holder → Holder
      .#own → InPrivateField`,
  InPrivateStatic: `
    global: globalThis.Holder → closure Holder
      .#last → InPrivateStatic`,
  InSubclassOfMap: `
    global: globalThis.subMap → SubMap
      .get("q") → InSubclassOfMap`,
  ModuleVariable: `
    module: planted.mjs, variable \`moduleVariable\` → ModuleVariable`,
  InModuleMap: `
    module: planted.mjs, variable \`moduleMap\` → Map
      .get("u2") → InModuleMap`,
  InExport: `
    module: planted.mjs, export "exported" → Object
      .inner → InExport`,
  BoundThis: `
    module: planted.mjs, variable \`bound\` → bound function
      bound this → BoundThis`,
  BoundArgument: `
    module: planted.mjs, variable \`bound\` → bound function
      bound argument 2 → BoundArgument`,
  InGenerator: `
    module: planted.mjs, variable \`generator\` → generator generate
      local variable → InGenerator`,
  InIterator: `
    module: planted.mjs, variable \`iterator\` → MapIterator
      entry → InIterator`,
  ProxyTarget: `
    module: planted.mjs, variable \`proxy\` → Proxy
      target → ProxyTarget`,
  ProxyHandler: `
    module: planted.mjs, variable \`proxy\` → Proxy
      handler → Object
      .handler → ProxyHandler`,
  TreeRoot: `
    module: planted.mjs, variable \`leaf\` → Object
      .parent → TreeRoot`,
  WeakMapValue: `
    global: globalThis.key → Object
      value in a WeakMap → WeakMapValue`,
  InOtherModule: `
    module: planted-module.mjs, variable \`slot\` → InOtherModule`,
  InCommonModule: `
    module: planted-common.cjs, variable \`kept\` → Array
      [0] → InCommonModule`,
  OnExports: `
    module: planted-common.cjs, .exports → Object
      .slots → Object
      .first → OnExports`,
  InTimeout: `
    timer: setTimeout of 1000000 ms, callback → closure onTimeout
      variable \`held\` → InTimeout`,
  InUnrefInterval: `
    timer: setInterval of 1000001 ms, unref'd, callback → anonymous closure
      variable \`held\` → InUnrefInterval`,
  TimerArgument: `
    timer: setTimeout of 1000002 ms, unref'd, argument 2 → TimerArgument`,
  InImmediate: `
    timer: setImmediate, callback → closure again
      variable \`held\` → InImmediate`,
  OnProcess: `
    listener: process.on("SIGUSR2") → closure listener
      variable \`held\` → OnProcess`,
  OnProcessToo: `
    listener: process.on("SIGUSR2") → closure listener
      variable \`held\` → OnProcessToo`,
  OnceOnProcess: `
    listener: process.once("exit") → closure listener
      variable \`held\` → OnceOnProcess`,
  OnEmitter: `
    listener: globalThis.emitter → EventEmitter
      .on("data") → closure listener
      variable \`held\` → OnEmitter`,
  OnEmitterSymbol: `
    listener: globalThis.emitter → EventEmitter
      .on(Symbol(done)) → closure listener
      variable \`held\` → OnEmitterSymbol`,
  OnSignal: `
    listener: module planted.mjs, variable \`controller\` → AbortController
      .#signal → EventTarget
      .addEventListener("abort") → closure listener
      variable \`held\` → OnSignal`,
  OnTarget: `
    listener: globalThis.target → EventTarget
      .addEventListener("ping") → closure listener
      variable \`held\` → OnTarget`,
  OnTimeoutSignal: `
    listener: node:internal/abort_controller, variable \`gcPersistentSignals\` → Set
      entry → EventTarget
      .addEventListener("abort") → closure listener
      variable \`held\` → OnTimeoutSignal`,
  OnChannel: `
    listener: diagnostics_channel "my:channel", subscriber → closure listener
      variable \`held\` → OnChannel`,
  OnChannelToo: `
    listener: diagnostics_channel "my:channel2", subscriber → closure listener
      variable \`held\` → OnChannelToo`,
  OnServer: `
    handle: TCPServerWrap, owner → Server
      .on("connection") → closure listener
      variable \`held\` → OnServer`,
  OnHttpServer: `
    handle: TCPServerWrap, owner → Server
      .on("request") → closure listener
      variable \`held\` → OnHttpServer`,
  OnWatcher: `
    handle: FSEventWrap, owner → FSWatcher
      .on("change") → closure listener
      variable \`held\` → OnWatcher`,
  OnFileWatcher: `
    handle: StatWatcher, owner → StatWatcher
      .on("change") → closure listener
      variable \`held\` → OnFileWatcher`,
  OnPort: `
    handle: MessagePort, object → MessagePort
      .addEventListener("message") → closure listener
      variable \`held\` → OnPort`,
  OnWorker: `
    handle: Worker, object → Worker
      .onexit → anonymous closure
      this of the closure → Worker
      .on("message") → closure listener
      variable \`held\` → OnWorker`,
  HandlerObject: `
    listener: globalThis.target → EventTarget
      .addEventListener("object") → Object
      .field → HandlerObject`,
  InStream: `
    global: globalThis.stream → PassThrough
      ._readableState → ReadableState
      .buffer → Array
      [0] → InStream`,
  InReaction: `
    promise: module planted.mjs, variable \`pending\` → Promise
      reaction → closure onDone
      variable \`held\` → InReaction`,
  InAwait: `
    promise: module planted.mjs, variable \`pending\` → Promise
      await → async function waits
      variable \`held\` → InAwait`,
  BehindResolver: `
    promise: globalThis.resolve → anonymous closure
      settles → Promise
      reaction → anonymous closure
      variable \`held\` → BehindResolver`,
  InTimersStore: `
    async-context: setTimeout of 1000003 ms, unref'd, AsyncLocalStorage store → Object
      .store → InTimersStore`,
  InPromisesStore: `
    async-context: module planted.mjs, variable \`pending\` → Promise
      AsyncLocalStorage store → Object
      .store → InPromisesStore`,
  HeldThrice: `
    global: globalThis.three → HeldThrice`,
  OnStack: `
    stack: (Stack roots), local variable → OnStack`,
};

let folder: string;
let graph: Graph;
let again: Graph;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heapwise-paths-"));
  graph = await plant("first");
  again = await plant("second");
}, 120_000);

afterAll(async () => rm(folder, { recursive: true, force: true }));

async function plant(name: string): Promise<Graph> {
  const file = join(folder, `${name}.heapsnapshot`);
  const program = join(import.meta.dirname, "planted.mjs");
  await promisify(execFile)(process.execPath, ["--no-warnings", program, file]);
  return new Graph(await readColumns(createReadStream(file)));
}

/** Where the program has a text, from 1. The place of a function is its opening bracket. */
async function placeOf(text: string): Promise<{ line: number; column: number }> {
  const program = await readFile(join(import.meta.dirname, "planted.mjs"), "utf8");
  const lines = program.split(/\r?\n/);
  const line = lines.findIndex((candidate) => candidate.includes(text));
  return { line: line + 1, column: lines[line]!.indexOf(text) + text.length };
}

/** The only instance of a class. */
function only(of: Graph, name: string): number {
  const found: number[] = [];
  for (let node = 0; node < of.nodeCount; node++) if (of.typeOf(node) === name) found.push(node);
  expect(found, name).toHaveLength(1);
  return found[0]!;
}

/** The text without places, and without what differs between versions of Node. */
function textOf(path: RetainingPath | undefined): string {
  return String(path)
    .replaceAll(/ \([^ ()]*planted[^ ()]*:\d+:\d+\)/g, "")
    .replaceAll(/\S*[\\/](?=planted(-\w+)?\.[mc]js)/g, "")
    .replaceAll("→ AbortSignal", "→ EventTarget")
    .replaceAll("\n  .then() → Promise\n  AsyncLocal", "\n  AsyncLocal");
}

it("the path to each planted leak names its holder", () => {
  const found = Object.keys(PATHS).map((name) => [
    name,
    textOf(findPath(graph, only(graph, name))),
  ]);
  const expected = Object.entries(PATHS).map(([name, text]) => [
    name,
    text.trim().replaceAll("\n    ", "\n"),
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
});

it("the text is the same in another run, and says where functions and classes are defined", async () => {
  for (const name of Object.keys(PATHS)) {
    const text = String(findPath(graph, only(graph, name)));
    expect(String(findPath(again, only(again, name)))).toBe(text);
  }
  const path = findPath(graph, only(graph, "InTimeout"));
  expect(path!.steps[1]!.location).toMatchObject(await placeOf("onTimeout("));
  expect(path!.steps[1]!.location!.url).toMatch(/^packages.leaks.test.paths.planted\.mjs$/);
  expect(findPath(graph, only(graph, "Holder"))!.steps.at(-1)!.location).toMatchObject({
    line: (await placeOf("constructor(own")).line,
  });
});

it("an object that only weak references reach has no path", () => {
  for (const name of ["OnlyWeak", "InWeakSet"]) {
    const node = Array.from({ length: graph.nodeCount }, (_, index) => index).find(
      (index) => graph.typeOf(index) === name,
    );
    // Where the collector was faster, the snapshot does not have it.
    if (node !== undefined) expect(findPath(graph, node)).toBeUndefined();
  }
});

it("each of three holders has a path of its own", () => {
  const paths = findPathsByRoot(graph, only(graph, "HeldThrice"));
  expect(paths.map((path) => textOf(path).split("\n"))).toEqual([
    ["global: globalThis.three → HeldThrice"],
    ["timer: setTimeout of 1000004 ms, unref'd, argument 1 → HeldThrice"],
    ["module: planted.mjs, variable `moduleMap` → Map", '  .get("three") → HeldThrice'],
  ]);
  expect(findPathsByRoot(graph, only(graph, "HeldThrice"), { count: 2 })).toHaveLength(2);
});

it("a path begins at a type, at a module, or where a function says", () => {
  const node = only(graph, "InModuleMap");
  const started = (to: NonNullable<Parameters<typeof findPath>[2]>["to"]): string =>
    textOf(findPath(graph, node, { to }));
  expect(started("Map")).toBe('other: Map, .get("u2") → InModuleMap');
  expect(started(/^M.p$/)).toBe(started("Map"));
  expect(started(({ kind, name }) => kind === "object" && name === "Map")).toBe(started("Map"));
  expect(started("module")).toBe(textOf(findPath(graph, node)));
  expect(findPath(graph, node, { to: "Nothing" })).toBeUndefined();
});

it("instances of an ignored class are no part of a path", () => {
  const node = only(graph, "InPrivateField");
  expect(findPath(graph, node, { ignored: ["Holder"] })).toBeUndefined();
});
