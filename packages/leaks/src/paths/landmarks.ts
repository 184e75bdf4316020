import type { Graph } from "../graph/graph.ts";
import { scopeNames } from "./block-variables.ts";
import type { Edges } from "./edges.ts";
import type { Scripts } from "./scripts.ts";
import { pathOf } from "./working-directory.ts";

/**
 * The start of a path: a thing that lives on its own as long as the program does, or until
 * the program ends it. What keeps a landmark alive is of no use to people, and a path omits it.
 */
export type LandmarkKind =
  /** The global object. */
  | "global"
  /** `process` of Node. */
  | "process"
  /** A `Module` of CommonJS in the cache of modules. */
  | "module"
  /** The record of an ECMAScript module that Node has loaded. */
  | "record"
  /** The variables of a module. */
  | "scope"
  /** A timer or immediate that is going to run. */
  | "timer"
  /** The same with a callback of Node itself, such as that of a server. */
  | "nodeTimer"
  /** A diagnostics channel that has subscribers. */
  | "channel"
  /** A handle or request of libuv. */
  | "handle"
  /** Another object of Node's native code. */
  | "native"
  /** A root of V8, such as "(Stack roots)". */
  | "engine";

const CODES: readonly (LandmarkKind | undefined)[] = [
  undefined,
  "global",
  "process",
  "module",
  "record",
  "scope",
  "timer",
  "nodeTimer",
  "channel",
  "handle",
  "native",
  "engine",
];

/** The names that Vite gives to the imports of a module. */
const VITE_IMPORT = /^__vi(?:te_ssr)?_import_/;

/** The fields of Jest's registries of modules, up to version 30.4 and since then. */
const REGISTRIES = ["_moduleRegistry", "_isolatedModuleRegistry", "moduleRegistry"];

/** The name of the function that Jest put around a module up to version 29. */
const WRAPPER = "Object.<anonymous>";

/** The number of the edge from a proxy to its target. */
const PROXY_TARGET = 1;

/** Scopes inside a scope that are searched for a function. */
const MOST_SCOPES = 100;

const REALM = "system / NativeContext";

/** Whether a node is the context of a realm. Chrome adds the address of the page to its name. */
export function isRealm(name: string): boolean {
  return name.startsWith(REALM);
}

/** Whether a node has the variables of a function, block or module. Chrome adds a number. */
export function isScope(name: string): boolean {
  return name === "system / Context" || name.startsWith("system / Context / ");
}

function isSameFile(script: string, file: string): boolean {
  return script === file || pathOf(script) === (pathOf(file) ?? file);
}

/** Kinds of nodes among which landmarks are looked for. */
const NAMED_KINDS: readonly string[] = ["object", "closure", "native", "synthetic", "hidden"];

/** Classes of Node's native code that are handles, ports or requests, and so end by a call. */
const HANDLES =
  /Wrap$|Handle$|MessagePort|Worker|Watcher|Req$|Socket|Session|Server|Channel|Stream|Zlib|Pipe|^Node \/ (TCP|UDP|TTY|Process)/;

/** Finds the landmarks of a snapshot, once. */
export class Landmarks {
  readonly #graph: Graph;
  readonly #edges: Edges;
  readonly #scripts: Scripts;
  readonly #marks: Uint8Array;
  /** Whether the root leads to the global object. */
  #hasGlobal = false;
  /** The names of landmarks: the file of a module, the class of a handle. */
  readonly #names = new Map<number, string>();

  constructor(edges: Edges, scripts: Scripts) {
    this.#edges = edges;
    this.#graph = edges.graph;
    this.#scripts = scripts;
    this.#marks = new Uint8Array(this.#graph.nodeCount);
    this.#markRoots();
    this.#markByName();
  }

  /** The kind of landmark that a node is, or undefined. */
  kindOf(node: number): LandmarkKind | undefined {
    return CODES[this.#marks[node]!];
  }

  /** Whether a node is a landmark. */
  has(node: number): boolean {
    return this.#marks[node] !== 0;
  }

  /** The file of a module, the class of a handle, the name of a root; else empty. */
  nameOf(node: number): string {
    return this.#names.get(node) ?? "";
  }

  #mark(node: number, kind: LandmarkKind, name = ""): void {
    if (node < 0 || this.#marks[node] !== 0) return;
    this.#marks[node] = CODES.indexOf(kind);
    if (name !== "") this.#names.set(node, name);
  }

  #markRoots(): void {
    const graph = this.#graph;
    this.#mark(0, "engine", "root");
    this.#each(0, (edge, target) => {
      const name = graph.nameOf(target);
      if (graph.columns.edgeKinds[edge] === this.#edges.shortcut) {
        // Node 26 has the context of a realm where the versions before have the global object.
        if (isRealm(name)) this.#markRealm(target);
        else this.#mark(target, "global");
        this.#hasGlobal = true;
      } else if (name === "(GC roots)") {
        this.#mark(target, "engine", name);
        this.#each(target, (_, root) => this.#mark(root, "engine", graph.nameOf(root)));
      } else if (!name.startsWith("Node / ")) {
        this.#mark(target, "engine", name);
      }
    });
  }

  #markRealm(realm: number): void {
    this.#mark(this.#edges.follow(realm, "global_object"), "global");
    this.#mark(this.#edges.follow(realm, "global_proxy_object"), "global");
    // Variables at the top of scripts are those of the program, but no properties.
    const scripts = this.#edges.follow(realm, "script_context_table");
    if (scripts >= 0) {
      this.#each(scripts, (_, scope) => {
        if (isScope(this.#graph.nameOf(scope))) this.#mark(scope, "global");
      });
    }
  }

  #markByName(): void {
    const { kindNames, nodeKinds, nodeNames, strings } = this.#graph.columns;
    const object = kindNames.indexOf("object");
    const closure = kindNames.indexOf("closure");
    const isNamed = kindNames.map((name) => NAMED_KINDS.includes(name));
    /** By index of a name: 0 not looked at, 1 without meaning, 2 and more of `visits`. */
    const meanings = new Uint8Array(strings.length);
    const visits = new Map<string, (node: number, kind: number) => void>([
      ["process", (node, kind) => kind === object && this.#markProcess(node)],
      ["TimersList", (node, kind) => kind === object && this.#markTimers(node)],
      ["ImmediateList", (node, kind) => kind === object && this.#markImmediates(node)],
      ["LoadCache", (node, kind) => kind === object && this.#markRecords(node)],
      ["Channel", (node, kind) => kind === object && this.#markChannel(node)],
      ["ActiveChannel", (node, kind) => kind === object && this.#markChannel(node)],
      ["Module", (node, kind) => kind === closure && this.#markModules(node)],
      // Chrome has no edge from the root to the global object.
      [REALM, (node) => !this.#hasGlobal && this.#markRealm(node)],
      ["Node / ", (node) => this.#markNative(node, this.#graph.nameOf(node))],
    ]);
    // After the modules of Node, whose variables hold them.
    const late: (() => void)[] = [];
    for (const name of ["EvaluatedModules", "VitestEvaluatedModules"]) {
      visits.set(name, (node) => late.push(() => this.#markEvaluated(node)));
    }
    const jests: number[] = [];
    for (const name of ["Runtime", "ModuleRegistries"])
      visits.set(name, (node, kind) => void (kind === object && jests.push(node)));
    visits.set("GlobalProxy", (node, kind) => kind === object && this.#markGlobalProxy(node));
    const meaningful = [...visits.keys()];
    const list = [...visits.values()];
    for (let node = 1; node < nodeKinds.length; node++) {
      const kind = nodeKinds[node]!;
      if (isNamed[kind] !== true) continue;
      const name = nodeNames[node]!;
      let meaning = meanings[name];
      if (meaning === 1) continue;
      if (meaning === 0) {
        const text = strings.at(name);
        const key = text.startsWith("Node / ") ? "Node / " : isRealm(text) ? REALM : text;
        meaning = meanings[name] = meaningful.indexOf(key) + 2;
      }
      if (meaning !== undefined) list[meaning - 2]?.(node, kind);
    }
    for (const mark of late) mark();
    this.#markRegistries(jests);
  }

  #markProcess(node: number): void {
    const has = (name: string): boolean => this.#edges.find(node, name) >= 0;
    if (has("versions") && has("_events")) this.#mark(node, "process");
  }

  /** Marks the timers of a list: a ring through `_idleNext`, of which the list is a part. */
  #markTimers(list: number): void {
    const duration = this.#durationOf(list);
    let timer = this.#edges.follow(list, "_idleNext");
    while (timer >= 0 && timer !== list && !this.has(timer)) {
      const kind = this.#isNodesTimer(timer) ? "nodeTimer" : "timer";
      this.#mark(timer, kind, this.#nameTimer(timer, duration));
      timer = this.#edges.follow(timer, "_idleNext");
    }
  }

  #isNodesTimer(timer: number): boolean {
    let callback = this.#edges.follow(timer, "_onTimeout");
    const bound = this.#edges.follow(callback, "bound_function");
    if (bound >= 0) callback = bound;
    return callback >= 0 && this.#scripts.isOfNode(callback);
  }

  #nameTimer(timer: number, duration: number | undefined): string {
    // The number of `_repeat` is not a node. A list has only its own number of milliseconds.
    const isOnce = this.#nameAt(timer, "_repeat") === "null" || this.#isNull(timer);
    const isUnref = this.#isFalse(timer, "<symbol refed>");
    const length = duration === undefined ? "" : ` of ${duration} ms`;
    return `${isOnce ? "setTimeout" : "setInterval"}${length}${isUnref ? ", unref'd" : ""}`;
  }

  /** Node 20 calls `null`, `true` and `false` all the same, so that only equal ones can be told. */
  #isNull(timer: number): boolean {
    const repeat = this.#edges.follow(timer, "_repeat");
    return repeat >= 0 && this.#graph.nameOf(repeat) === "system / Oddball";
  }

  #isFalse(timer: number, name: string): boolean {
    const value = this.#edges.follow(timer, name);
    return value >= 0 && value === this.#edges.follow(timer, "_destroyed");
  }

  #nameAt(node: number, edge: string): string {
    const target = this.#edges.follow(node, edge);
    return target < 0 ? "" : this.#graph.nameOf(target);
  }

  /**
   * Milliseconds of a list of timers: its index in the map of lists. The array of lists by the time
   * at which they are due has an index too.
   */
  #durationOf(list: number): number | undefined {
    const { edgeKinds, edgeNames } = this.#graph.columns;
    for (const edge of this.#graph.edgesTo(list)) {
      if (edgeKinds[edge] !== this.#edges.element) continue;
      if (this.#graph.nameOf(this.#graph.sourceOf(edge)) !== "Array") return edgeNames[edge];
    }
    return undefined;
  }

  #markImmediates(list: number): void {
    let immediate = this.#edges.follow(list, "head");
    while (immediate >= 0 && !this.has(immediate) && this.#isObject(immediate)) {
      this.#mark(immediate, "timer", "setImmediate");
      immediate = this.#edges.follow(immediate, "_idleNext");
    }
  }

  /** Marks what the loader of ECMAScript modules keeps: forever, as the specification wants. */
  #markRecords(cache: number): void {
    const table = this.#edges.follow(cache, "table");
    if (table < 0) return;
    this.#each(table, (_, jobs) => {
      if (!this.#isObject(jobs)) return;
      this.#each(jobs, (edge, job) => {
        if (this.#graph.columns.edgeKinds[edge] !== this.#edges.property) return;
        const url = this.#edges.follow(job, "url");
        if (url < 0) return;
        const wrap = this.#edges.follow(job, "module");
        const address = this.#graph.nameOf(url);
        if (wrap >= 0 && !address.startsWith("node:")) this.#markWrap(wrap, address);
      });
    });
  }

  #markWrap(wrap: number, url: string): void {
    this.#each(wrap, (_, record) => {
      if (!/^system \/ (SourceText|Synthetic)Module$/.test(this.#graph.nameOf(record))) return;
      this.#mark(record, "record", url);
      for (const edge of this.#graph.edgesTo(record)) {
        if (this.#edges.knownName(edge) !== "extension") continue;
        this.#mark(this.#graph.sourceOf(edge), "scope", url);
      }
    });
  }

  /** Marks the modules in the cache of CommonJS, and their variables as far as they are known. */
  #markModules(Module: number): void {
    const cache = this.#edges.follow(Module, "_cache");
    if (cache < 0) return;
    this.#each(cache, (edge, module) => {
      if (this.#graph.columns.edgeKinds[edge] !== this.#edges.property) return;
      if (!this.#isObject(module) || this.#graph.nameOf(module) === "Object") return;
      const file = String(this.#graph.edgeNameOf(edge));
      this.#mark(module, "module", file);
      this.#markScopes(module, file);
    });
  }

  /**
   * The variables of a module are a landmark only if a variable `module` or `exports` among them
   * shows whose they are: after a reload a file has two sets of them, and a timer may keep the old.
   */
  #markScopes(module: number, file: string): void {
    this.#markHolders(module, "module", file);
    const exports = this.#edges.follow(module, "exports");
    if (exports < 0) return;
    if (this.#isObject(exports)) this.#markHolders(exports, "exports", file);
    this.#markScopesOfExports(exports, file);
  }

  /**
   * The variables of the functions that a module exports live as long as the module. A getter of
   * an export, as Vite has them, shares the variables of the module.
   */
  #markScopesOfExports(exports: number, file: string): void {
    this.#markScopesOf(exports, file);
    this.#each(exports, (edge, value) => {
      if (this.#graph.columns.edgeKinds[edge] !== this.#edges.property) return;
      if (this.#edges.knownName(edge) !== "__proto__") this.#markScopesOf(value, file);
    });
  }

  #markScopesOf(closure: number, file: string): void {
    if (this.#graph.kindOf(closure) !== "closure") return;
    const script = this.#scripts.scriptOf(closure);
    if (script === undefined || !isSameFile(script, file)) return;
    let scope = this.#edges.follow(closure, "context");
    while (scope >= 0 && isScope(this.#graph.nameOf(scope))) {
      if (this.has(scope)) return;
      this.#mark(scope, "scope", file);
      scope = this.#edges.follow(scope, "previous");
    }
  }

  /**
   * Marks the modules that Vite's runner has evaluated, if a variable of a module holds all of
   * them, as in Vitest. A runner that something else keeps is a leak itself.
   */
  #markEvaluated(modules: number): void {
    const { edgeKinds } = this.#graph.columns;
    let isPermanent = false;
    for (const edge of this.#graph.edgesTo(modules)) {
      if (edgeKinds[edge] !== this.#edges.context) continue;
      isPermanent ||= this.kindOf(this.#graph.sourceOf(edge)) === "scope";
    }
    if (!isPermanent) return;
    const table = this.#edges.follow(this.#edges.follow(modules, "idToModuleMap"), "table");
    if (table < 0) return;
    this.#each(table, (_, module) => this.#markEvaluatedModule(module, "file"));
    this.#markRewrittenScopes();
  }

  /** Marks the modules of Jest, which live until the tests of a file have ended. */
  #markRegistries(owners: readonly number[]): void {
    const files = new Set<string>();
    for (const owner of owners) {
      this.#markSandbox(this.#edges.follow(owner, "_environment"));
      const isolation = this.#edges.follow(owner, "isolation");
      const registries = REGISTRIES.map((name) => this.#edges.follow(owner, name));
      for (const registry of [...registries, this.#edges.follow(isolation, "cjs")]) {
        const table = this.#edges.follow(registry, "table");
        if (table < 0) continue;
        this.#each(table, (_, module) => {
          const file = this.#markEvaluatedModule(module, "filename");
          if (file !== undefined) files.add(file);
        });
      }
    }
    if (files.size > 0) this.#markWrappers(files);
  }

  /** Marks the object behind the global object of Jest's tests, which has the same properties. */
  #markSandbox(environment: number): void {
    let sandbox = this.#edges.follow(environment, "context");
    if (sandbox >= 0 && this.#graph.nameOf(sandbox) === "system / JSProxy")
      sandbox = this.#edges.follow(sandbox, PROXY_TARGET);
    if (sandbox >= 0 && this.#isObject(sandbox)) this.#mark(sandbox, "global");
  }

  /** Jest notes all properties of its global object, which is of no use while they are there. */
  #markGlobalProxy(node: number): void {
    if (this.#edges.find(node, "propertyToValue") >= 0) this.#mark(node, "native", "GlobalProxy");
  }

  /**
   * Marks the variables of files that a function around them evaluates, whatever they export: those
   * in which the scopes of all their functions end. A file of which there are two sets of variables
   * was loaded again, and something else may keep the old set.
   */
  #markWrappers(files: ReadonlySet<string>): void {
    const { nodeKinds, kindNames } = this.#graph.columns;
    const closure = kindNames.indexOf("closure");
    /** The outermost scopes of each file, and the functions that have none. */
    const scopes = new Map<string, { outermost: Set<number>; without: number[] }>();
    for (let node = 1; node < nodeKinds.length; node++) {
      if (nodeKinds[node] !== closure) continue;
      const file = this.#scripts.scriptOf(node);
      if (file === undefined || !files.has(file)) continue;
      let found = scopes.get(file);
      if (found === undefined) scopes.set(file, (found = { outermost: new Set(), without: [] }));
      const scope = this.#outermostScope(node);
      if (scope < 0) found.without.push(node);
      else found.outermost.add(scope);
    }
    for (const [file, { outermost, without }] of scopes) {
      const [scope] = outermost;
      if (scope === undefined || outermost.size > 1) continue;
      const info = this.#edges.follow(scope, "scope_info");
      const isWrapper = (node: number): boolean => {
        const shared = this.#edges.follow(node, "shared");
        return this.#edges.follow(shared, "name_or_scope_info") === info;
      };
      // The name of a function is among those of its variables.
      const names = scopeNames(this.#edges, info);
      if (!names.includes("") && !names.includes(WRAPPER)) continue;
      if (without.every(isWrapper)) this.#mark(scope, "scope", file);
    }
  }

  /** The scope farthest out of a closure; -1 if it has none but that of the realm. */
  #outermostScope(closure: number): number {
    let outermost = -1;
    let scope = this.#edges.follow(closure, "context");
    while (scope >= 0 && isScope(this.#graph.nameOf(scope))) {
      outermost = scope;
      scope = this.#edges.follow(scope, "previous");
    }
    return outermost;
  }

  /** Marks a module, and returns its file if it is one. */
  #markEvaluatedModule(module: number, property: string): string | undefined {
    if (!this.#isObject(module)) return undefined;
    const exports = this.#edges.follow(module, "exports");
    if (exports < 0) return undefined;
    const path = this.#edges.follow(module, property);
    const isReadable = path >= 0 && this.#graph.kindOf(path) === "string";
    const file = isReadable ? this.#graph.nameOf(path) : this.#scriptOfExports(exports);
    if (file === undefined) return undefined;
    this.#mark(module, "module", file);
    this.#markScopesOfExports(exports, file);
    return file;
  }

  /** The script of the first function among exports: a text that V8 put together has no name. */
  #scriptOfExports(exports: number): string | undefined {
    const { firstEdges, edgeKinds, edgeTargets } = this.#graph.columns;
    for (let edge = firstEdges[exports]!; edge < firstEdges[exports + 1]!; edge++) {
      const value = edgeTargets[edge]!;
      if (edgeKinds[edge] !== this.#edges.property) continue;
      if (this.#edges.knownName(edge) === "__proto__" || this.#graph.kindOf(value) !== "closure")
        continue;
      const script = this.#scripts.scriptOf(value);
      if (script !== undefined) return script;
    }
    return undefined;
  }

  /** Marks the variables of modules that Vite has rewritten: their imports are among them. */
  #markRewrittenScopes(): void {
    const { nodeKinds } = this.#graph.columns;
    const object = this.#graph.columns.kindNames.indexOf("object");
    const known = new Map<number, boolean>();
    for (let node = 1; node < nodeKinds.length; node++) {
      if (nodeKinds[node] !== object || !isScope(this.#graph.nameOf(node))) continue;
      const info = this.#edges.follow(node, "scope_info");
      if (info < 0) continue;
      let isModule = known.get(info);
      if (isModule === undefined) {
        isModule = scopeNames(this.#edges, info).some((name) => VITE_IMPORT.test(name));
        known.set(info, isModule);
      }
      if (isModule) this.#mark(node, "scope", this.#scriptOfScope(node) ?? "");
    }
  }

  #markHolders(node: number, variable: string, file: string): void {
    const { edgeKinds } = this.#graph.columns;
    for (const edge of this.#graph.edgesTo(node)) {
      if (edgeKinds[edge] !== this.#edges.context) continue;
      if (this.#graph.edgeNameOf(edge) !== variable) continue;
      const source = this.#graph.sourceOf(edge);
      if (this.#edges.find(source, "extension") >= 0) continue;
      if (this.#scriptOfScope(source) === file) this.#mark(source, "scope", file);
    }
  }

  /** The script of the first function that uses the variables, or variables further in. */
  #scriptOfScope(scope: number): string | undefined {
    const inner: number[] = [scope];
    for (let index = 0; index < inner.length && index < MOST_SCOPES; index++) {
      for (const edge of this.#graph.edgesTo(inner[index]!)) {
        const name = this.#edges.knownName(edge);
        if (name === "previous") inner.push(this.#graph.sourceOf(edge));
        if (name !== "context") continue;
        const script = this.#scripts.scriptOf(this.#graph.sourceOf(edge));
        if (script !== undefined) return script;
      }
    }
    return undefined;
  }

  #markChannel(node: number): void {
    const subscribers = this.#edges.follow(node, "_subscribers");
    if (subscribers < 0 || !this.#isObject(subscribers)) return;
    // Another class may have the same name.
    if (this.#edges.find(node, "_stores") < 0) return;
    const name = this.#edges.follow(node, "name");
    this.#mark(node, "channel", name < 0 ? "" : this.#graph.nameOf(name));
  }

  #markNative(node: number, name: string): void {
    const isHandle =
      HANDLES.test(name) &&
      name !== "Node / ModuleWrap" &&
      this.#edges.find(node, "native_to_javascript") >= 0;
    this.#mark(node, isHandle ? "handle" : "native", name.slice("Node / ".length));
  }

  #isObject(node: number): boolean {
    return this.#graph.kindOf(node) === "object";
  }

  #each(node: number, visit: (edge: number, target: number) => void): void {
    const { firstEdges, edgeTargets } = this.#graph.columns;
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
      visit(edge, edgeTargets[edge]!);
    }
  }
}
