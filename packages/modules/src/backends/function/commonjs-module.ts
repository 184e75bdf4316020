import { dirname, join } from "node:path";

/** What a `module` asks its host for. */
export interface ModuleOwner {
  /** The `module` of the CommonJS module that required it first. */
  readonly parent: CommonJsModule | undefined;
  /** The `module` objects of the CommonJS modules that it required. */
  readonly children: CommonJsModule[];
  readonly hot: unknown;
  require(specifier: string): unknown;
}

/** The `module` of a CommonJS module, as in Node. It holds no other module. */
export class CommonJsModule {
  readonly #owner: ModuleOwner;
  id: string;
  path: string;
  exports: unknown = {};
  filename: string;
  loaded = false;
  paths: string[];

  constructor(filename: string, owner: ModuleOwner) {
    this.#owner = owner;
    this.id = filename;
    this.path = dirname(filename);
    this.filename = filename;
    this.paths = foldersOf(this.path);
  }

  /** A new array with each read: Node's would hold modules that are unloaded. */
  get children(): CommonJsModule[] {
    return this.#owner.children;
  }

  get parent(): CommonJsModule | undefined {
    return this.#owner.parent;
  }

  get isPreloading(): boolean {
    return false;
  }

  /** The words of the module about its own reloads. */
  get hot(): unknown {
    return this.#owner.hot;
  }

  require(specifier: string): unknown {
    return this.#owner.require(specifier);
  }
}

/** The folders in which packages are looked for, the nearest first. */
function foldersOf(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (!at.endsWith("node_modules")) folders.push(join(at, "node_modules"));
    if (at === dirname(at)) return folders;
  }
}
