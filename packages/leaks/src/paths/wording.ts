import { blockVariables } from "./block-variables.ts";
import type { Edges } from "./edges.ts";
import { isRealm, isScope, type Landmarks } from "./landmarks.ts";
import type { Scripts } from "./scripts.ts";
import type { RawPath } from "./search.ts";
import { printFile } from "./working-directory.ts";

/** One step in words, and the node to which it leads. */
export interface Word {
  readonly edge: string;
  readonly text: string;
  readonly node: number;
}

/**
 * Classes of modules that are no landmarks, and the property that has their file: of a `Module` in
 * no cache, and of Vite's, which Vitest uses.
 */
const MODULE_FILES: Readonly<Record<string, string>> = {
  Module: "filename",
  EvaluatedModuleNode: "file",
};
/** Native objects of a page that are no objects of the program. */
const INNER_NATIVE = /^(?:blink::|EventListener$|V8Function$|ScheduledAction$)/;

/** An edge of the engine that has only a number. */
const UNNAMED = "(internal)";
/** Names of one variable that are printed if it is not sure which of them it has. */
const MOST_NAMES = 3;
const MOST_LETTERS = 40;
/** The fields of a table of V8's Map and Set that come before its buckets. */
const TABLE_HEAD = 3;

/** Says paths as source code would: several edges of the engine become one step. */
export class Wording {
  readonly #edges: Edges;
  readonly #scripts: Scripts;
  readonly #landmarks: Landmarks;
  /** The names of Node's own modules, by their variables. */
  readonly #scopes = new Map<number, string>();

  constructor(edges: Edges, scripts: Scripts, landmarks: Landmarks) {
    this.#edges = edges;
    this.#scripts = scripts;
    this.#landmarks = landmarks;
  }

  /** The steps of a path. The first has no edge: it is the landmark. */
  wordsOf({ start, edges }: RawPath): Word[] {
    const nodes = [start, ...edges.map((edge) => this.#columns.edgeTargets[edge]!)];
    const words: Word[] = [{ edge: "", text: this.describe(start), node: start }];
    for (let at = 0; at < edges.length;) {
      const step = new Step(this.#edges, edges, nodes, at);
      const edge = wordOf(step);
      at = step.end;
      const node = nodes[at]!;
      const isReference = words.length === 1 && edge === UNNAMED;
      const name = isReference ? this.#referenceOf(start) : edge;
      words.push({ edge: name, text: this.describe(node), node });
    }
    return words;
  }

  /**
   * The rest of a path from the last variable of one of Node's own modules on, if it goes through
   * one: it does not matter which of Node's functions share the variable.
   */
  withoutNodesPart(path: RawPath): RawPath {
    const { start, edges } = path;
    const { edgeKinds, edgeTargets } = this.#columns;
    for (let at = edges.length - 1; at > 0; at--) {
      if (edgeKinds[edges[at]!] !== this.#edges.context) continue;
      const scope = edgeTargets[edges[at - 1]!]!;
      const outer = this.#edges.follow(scope, "previous");
      if (outer < 0 || !isRealm(this.#edges.graph.nameOf(outer))) continue;
      let before = at - 1;
      const nodeAt = (index: number): number =>
        index === 0 ? start : edgeTargets[edges[index - 1]!]!;
      while (before > 0 && isScope(this.#edges.graph.nameOf(nodeAt(before)))) before--;
      const script = this.#scripts.scriptOf(nodeAt(before));
      if (script?.startsWith("node:") !== true) continue;
      this.#scopes.set(scope, script);
      return { ...path, start: scope, edges: edges.slice(at) };
    }
    return path;
  }

  /** A node in words: a landmark by its kind, another by its class or the name of its closure. */
  describe(node: number): string {
    const name = this.#landmarks.nameOf(node);
    switch (this.#landmarks.kindOf(node)) {
      case "global":
        return "globalThis";
      case "process":
        return "process";
      case "module":
      case "record":
      case "scope":
        return `module ${printFile(name)}`;
      case "timer":
      case "nodeTimer":
        return name;
      case "channel":
        return `diagnostics_channel ${quote(name)}`;
      case "handle":
        return `handle ${name}`;
      case "native":
      case "engine":
        return name;
      default:
        return this.#scopes.get(node) ?? describeNode(this.#edges, node);
    }
  }

  /** Words for a reference without a name, by the root that has it. */
  #referenceOf(start: number): string {
    const name = this.#landmarks.nameOf(start);
    return name === "(Stack roots)" || name === "(Handle scope)" ? "local variable" : "reference";
  }

  get #columns() {
    return this.#edges.graph.columns;
  }
}

/** A place in a path, from which a word takes one edge or more. */
class Step {
  readonly #edges: Edges;
  readonly #path: readonly number[];
  readonly #nodes: readonly number[];
  end: number;

  constructor(edges: Edges, path: readonly number[], nodes: readonly number[], at: number) {
    this.#edges = edges;
    this.#path = path;
    this.#nodes = nodes;
    this.end = at;
  }

  /** Whether edges are left. */
  get hasNext(): boolean {
    return this.end < this.#path.length;
  }

  /** The node at which the step stands. */
  get node(): number {
    return this.#nodes[this.end]!;
  }

  get edge(): number {
    return this.#path[this.end]!;
  }

  /** The kind of the next edge. */
  get kind(): string {
    return this.hasNext ? this.#edges.graph.edgeKindOf(this.edge) : "";
  }

  /** The name of the next edge. */
  get name(): string | number {
    return this.hasNext ? this.#edges.graph.edgeNameOf(this.edge) : "";
  }

  get nodeName(): string {
    return this.#edges.graph.nameOf(this.node);
  }

  get nodeKind(): string {
    return this.#edges.graph.kindOf(this.node);
  }

  get edges(): Edges {
    return this.#edges;
  }

  /** Goes over the next edge, and returns its name. */
  take(): string | number {
    const { name } = this;
    this.end += 1;
    return name;
  }

  /** Goes over the next edge if it has this name. */
  takeIf(name: string): boolean {
    if (this.name !== name) return false;
    this.end += 1;
    return true;
  }

  /** Goes over the next edge if it is of an array, and returns its index. */
  takeElement(): number | undefined {
    return this.kind === "element" ? Number(this.take()) : undefined;
  }

  /** Whether the next edges have these names, from here on. */
  isNext(...names: readonly string[]): boolean {
    return names.every((name, index) => {
      const edge = this.#path[this.end + index];
      return edge !== undefined && this.#edges.graph.edgeNameOf(edge) === name;
    });
  }
}

/** Takes the edges of one step, and returns them in words. */
function wordOf(step: Step): string {
  if (step.kind === "property") return propertyWord(step);
  if (step.kind === "element") return elementWord(step);
  if (step.kind === "context") return variableWord(step);
  if (step.kind === "hidden") return hiddenWord(step);
  return internalWord(step);
}

/** An element of an array; of a native object of a page, which numbers its parts, a few steps. */
function elementWord(step: Step): string {
  const { nodeKind } = step;
  const index = step.take();
  if (nodeKind !== "native") return `[${index}]`;
  let word = "part";
  for (; step.nodeKind === "native" && step.hasNext; step.take()) {
    if (step.nodeName === "DOMTimer") word = "timer";
    else if (step.nodeName === "V8EventListener") word = "listener";
    else if (!INNER_NATIVE.test(step.nodeName)) break;
  }
  return word;
}

function propertyWord(step: Step): string {
  switch (step.name) {
    case "_events":
      return emitterWord(step);
    case "<symbol kEvents>":
    case "<symbol kHandlers>":
      return targetWord(step);
    case "<symbol>":
      // Of its symbols without a name, V8 puts that of the stack on errors.
      step.take();
      while (step.hasNext && (step.nodeKind === "array" || step.nodeName.endsWith("CallSiteInfo")))
        step.take();
      return "frame of .stack";
    case "_subscribers":
      step.take();
      step.takeElement();
      return "subscriber";
    case "_onTimeout":
    case "_onImmediate":
      step.take();
      return "callback";
    case "_timerArgs":
    case "_argv":
      return argumentWord(step);
    case "<symbol kResourceStore>":
      step.take();
      return "AsyncLocalStorage store";
    case "<symbol kAsyncContextFrame>":
      step.take();
      return frameWord(step);
    default:
      return property(String(step.take()));
  }
}

function argumentWord(step: Step): string {
  step.take();
  const index = step.takeElement();
  return index === undefined ? "arguments" : `argument ${index + 1}`;
}

/** `_events` of an emitter, then the event, perhaps a list, and perhaps what `once` wraps. */
function emitterWord(step: Step): string {
  step.take();
  if (step.kind !== "property") return "._events";
  const event = key(String(step.take()));
  if (step.nodeName === "Array") step.takeElement();
  return step.takeIf("listener") ? `.once(${event})` : `.on(${event})`;
}

/** The map of an EventTarget, the first of a chain of listeners, and the rest of the chain. */
function targetWord(step: Step): string {
  const isHandler = step.take() === "<symbol kHandlers>";
  const table = step.nodeName;
  if (table !== "Map" || !step.takeIf("table")) return "listeners";
  const event = mapKey(step.edges, step.node, Number(step.name)) ?? "";
  if (step.hasNext) step.take();
  while (step.takeIf("next"));
  if (isHandler) {
    step.takeIf("handler");
    return `.on${event.replaceAll('"', "")}`;
  }
  step.takeIf("listener");
  return `.addEventListener(${event})`;
}

function variableWord(step: Step): string {
  const scope = step.node;
  const name = String(step.take());
  takeCell(step);
  if (name === "this") return "this of the closure";
  const owner = functionOf(step.edges, scope);
  return `variable \`${name}\`${owner === "" ? "" : ` of ${owner}`}`;
}

/** Goes over the cell in which V8 since version 14 puts a variable that is assigned to. */
function takeCell(step: Step): void {
  if (step.hasNext && step.nodeName === "system / ContextCell") step.take();
}

/** The name of the function to which variables belong, if its code is still there. */
function functionOf(edges: Edges, scope: number): string {
  const info = edges.follow(scope, "scope_info");
  if (info < 0 || edges.find(scope, "extension") >= 0) return "";
  const { graph } = edges;
  for (const edge of graph.edgesTo(info)) {
    if (graph.edgeNameOf(edge) !== "name_or_scope_info") continue;
    const name = graph.nameOf(graph.sourceOf(edge));
    if (name === "" || name.startsWith("(") || name.startsWith("system /")) return "";
    return shorten(name);
  }
  return "";
}

function hiddenWord(step: Step): string {
  const { nodeName } = step;
  if (isScope(nodeName)) return blockWord(step);
  if (nodeName === "system / JSProxy") return step.take() === 1 ? "target" : "handler";
  if (nodeName === "FinalizationRegistry") {
    step.take();
    while (step.nodeName === "system / WeakCell" && step.hasNext) step.take();
    return "held value";
  }
  if (/^system \/ (SourceText|Synthetic)Module$/.test(nodeName)) return exportWord(step);
  step.take();
  if (/ Iterator$|Iterator$/.test(nodeName) && step.nodeKind === "array" && step.hasNext) {
    step.take();
    return "entry";
  }
  return UNNAMED;
}

/** The table of a module's exports, and the cell of one of them. */
function exportWord(step: Step): string {
  const isOwn = step.take() === 0;
  if (step.nodeKind !== "array" || !step.hasNext) return UNNAMED;
  const name = isOwn ? keyAt(step.edges, step.node, Number(step.name) - 1) : undefined;
  step.take();
  step.takeIf("value");
  return name === undefined ? "import of a module" : `export ${name}`;
}

function internalWord(step: Step): string {
  const { name } = step;
  switch (name) {
    case "context":
      return closureWord(step);
    case "table":
      return tableWord(step);
    case "bindings":
      step.take();
      return step.hasNext ? `bound argument ${Number(step.take()) + 1}` : "bound arguments";
    case "bound_this":
      step.take();
      return "bound this";
    case "bound_function":
      step.take();
      return "bound function";
    case "parameters_and_registers":
      step.take();
      if (step.hasNext) step.take();
      return "local variable";
    case "reactions_or_result":
      return promiseWord(step);
    case "native_to_javascript":
      step.take();
      return step.takeIf("<symbol owner_symbol>") ? "owner" : "object";
    case "properties":
    case "elements":
      step.take();
      if (step.nodeKind === "array" && step.hasNext) step.take();
      return `(${name})`;
    case "map":
      step.take();
      while (step.isNext("back_pointer") || step.isNext("prototype_info")) step.take();
      if (step.takeIf("constructor")) return ".constructor";
      return step.takeIf("prototype") ? ".__proto__" : "(map)";
    case "extension":
      step.take();
      return "awaits";
    default:
      step.take();
      if (String(name).includes(" / part of key (")) return "value in a WeakMap";
      if (step.nodeName === "AsyncContextFrame") return frameWord(step);
      return typeof name === "string" && !/^\d+$/.test(name) ? `(${name})` : UNNAMED;
  }
}

/** What a closure, a generator or an `await` holds by its scope. */
function closureWord(step: Step): string {
  step.take();
  while (step.takeIf("previous"));
  if (step.kind === "context") return variableWord(step);
  if (step.takeIf("extension")) return "resumes";
  return step.kind === "hidden" ? blockWord(step) : "scope";
}

/** A variable of a block, or what a function of the engine keeps in its place. */
function blockWord(step: Step): string {
  const names = blockVariables(step.edges, step.node, step.edge);
  step.take();
  takeCell(step);
  if (names.length > 0) return `variable ${oneOf(names)}`;
  return step.nodeName === "Promise" ? "settles" : "variable";
}

/** A name, or what it may be if several names fit. */
function oneOf(names: readonly string[]): string {
  const printed = names.slice(0, MOST_NAMES).map((name) => `\`${shorten(name)}\``);
  if (names.length > MOST_NAMES) printed.push("another one");
  return printed.join(" or ");
}

function promiseWord(step: Step): string {
  step.take();
  let isPending = false;
  while (step.nodeName === "system / PromiseReaction" && step.hasNext) {
    isPending = true;
    step.take();
  }
  if (!isPending) return "value";
  if (step.nodeName === "AsyncContextFrame") return frameWord(step);
  if (step.nodeName === "Promise") return ".then()";
  if (!step.isNext("context", "extension")) return "reaction";
  step.take();
  step.take();
  return "await";
}

/** A frame of async context is a Map from each AsyncLocalStorage to its store. */
function frameWord(step: Step): string {
  if (step.nodeName !== "AsyncContextFrame") return "async context";
  if (step.takeIf("table") && step.hasNext) step.take();
  return "AsyncLocalStorage store";
}

function tableWord(step: Step): string {
  const owner = step.nodeName;
  const ownerNode = step.node;
  step.take();
  if (!step.hasNext || step.nodeKind !== "array") return "(table)";
  const table = step.node;
  const index = Number(step.name);
  step.take();
  const layout = tableLayout(step.edges, table);
  if (owner.includes("WeakMap") || owner.includes("WeakSet")) return "(table)";
  if (layout !== "map") return isSet(step.edges, ownerNode) ? "entry" : "(entry)";
  const text = mapKey(step.edges, table, index);
  return text === undefined ? "key" : `.get(${text})`;
}

function isSet(edges: Edges, node: number): boolean {
  return edges.graph.nameOf(node).includes("Set");
}

/** Whether a table is that of a Map or a Set, by its length: an entry takes three slots or two. */
function tableLayout(edges: Edges, table: number): "map" | "set" | undefined {
  if (bucketsOf(edges, table, 7) !== undefined) return "map";
  return bucketsOf(edges, table, 5) === undefined ? undefined : "set";
}

/** The number of buckets if each has so many slots: a power of two, with two entries each. */
function bucketsOf(edges: Edges, table: number, slots: number): number | undefined {
  const bytes = edges.graph.selfBytesOf(table);
  // A slot takes eight bytes, or four if pointers are compressed. Two slots are the head.
  for (const size of [8, 4]) {
    const buckets = (bytes / size - 2 - TABLE_HEAD) / slots;
    if (Number.isInteger(Math.log2(buckets)) && buckets >= 1) return buckets;
  }
  return undefined;
}

/** The key of an entry of a Map whose value has this index; undefined if the index is of a key. */
function mapKey(edges: Edges, table: number, index: number): string | undefined {
  const buckets = bucketsOf(edges, table, 7);
  if (buckets === undefined || (index - TABLE_HEAD - buckets) % 3 === 0) return undefined;
  return keyAt(edges, table, index - 1) ?? "number";
}

/** The key at an index of a table: quoted if it is text, else its kind. */
function keyAt(edges: Edges, table: number, index: number): string | undefined {
  const node = edges.follow(table, String(index));
  if (node < 0) return undefined;
  const { graph } = edges;
  const kind = graph.kindOf(node);
  if (kind.endsWith("string")) return kind === "string" ? quote(graph.nameOf(node)) : "string";
  if (kind !== "symbol") return describeNode(edges, node);
  const name = edges.follow(node, "name");
  return `Symbol(${name < 0 ? "" : shorten(graph.nameOf(name))})`;
}

function describeNode(edges: Edges, node: number): string {
  const { graph } = edges;
  const name = graph.nameOf(node);
  const kind = graph.kindOf(node);
  if (isScope(name)) return "scope";
  if (name === "system / JSProxy") return "Proxy";
  if (kind === "closure") {
    if (name === "native_bind") return "bound function";
    return name === "" ? "anonymous closure" : `closure ${shorten(name)}`;
  }
  if (kind === "object") {
    const file = MODULE_FILES[name];
    const path = file === undefined ? -1 : edges.follow(node, file);
    if (path >= 0 && graph.kindOf(path) === "string") {
      return `module ${printFile(graph.nameOf(path))}`;
    }
    const closure =
      edges.find(node, "parameters_and_registers") < 0 ? -1 : edges.follow(node, "function");
    if (closure < 0) return name === "" ? "Object" : shorten(name);
    const owner = graph.nameOf(closure);
    const type = name === "Generator" ? "async function" : "generator";
    return `${type} ${owner === "" ? "(anonymous)" : shorten(owner)}`;
  }
  if (kind === "hidden" || kind === "native" || kind === "synthetic") {
    return shorten(name.replace(/^system \/ /, ""));
  }
  return kind === "code" ? "code" : kind;
}

/** A property as source code has it. */
function property(name: string): string {
  const symbol = /^<symbol (.*)>$/s.exec(name);
  if (symbol !== null) return `[Symbol(${shorten(symbol[1]!)})]`;
  if (/^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return `.${shorten(name)}`;
  if (/^[gs]et [\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return shorten(name);
  return `[${quote(name)}]`;
}

/** The name of an event: a text or a symbol. */
function key(name: string): string {
  const symbol = /^<symbol (.*)>$/s.exec(name);
  return symbol === null ? quote(name) : `Symbol(${shorten(symbol[1]!)})`;
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

function shorten(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS - 1)}…`;
}
