import type { Module, SourceTextModule } from "node:vm";

/** A module of V8, and what each of its requests leads to. */
export interface Linkable {
  readonly module: SourceTextModule;
  /** @param attributes Import attributes, if they could not be read before. */
  target(specifier: string, attributes?: Readonly<Record<string, unknown>>): Module;
  /** Called with the error if the module cannot be linked. */
  onLinkError?(error: unknown): void;
}

/** What Node 22.21 and 24.8 added. */
interface LinksNow {
  linkRequests?(modules: readonly Module[]): void;
  instantiate?(): void;
}

const linked = new WeakSet<Module>();

/**
 * Links modules: finds the variable of each import. Returns a promise only in a Node that cannot do
 * it at once.
 * @param all A module and all that it imports, dependencies first.
 * @throws {SyntaxError} if an import does not exist.
 */
export function linkModules(all: readonly Linkable[]): Promise<void> | undefined {
  const first = all.find(({ module }) => module.status === "unlinked");
  if (first === undefined) return undefined;
  const unlinked = all.filter(({ module }) => module.status === "unlinked");
  if (typeof (first.module as LinksNow).linkRequests !== "function") return linkLater(unlinked);
  for (const each of unlinked) {
    // A link that failed leaves the requests of others as they are.
    if (linked.has(each.module)) continue;
    linked.add(each.module);
    (each.module as LinksNow).linkRequests!(
      requestsOf(each.module).map(({ specifier }) => each.target(specifier)),
    );
  }
  for (const each of unlinked) {
    if (each.module.status !== "unlinked") continue;
    try {
      (each.module as LinksNow).instantiate!();
    } catch (error) {
      each.onLinkError?.(error);
      throw error;
    }
  }
  return undefined;
}

/**
 * Each module is linked by a call of its own, all of them at once: Node 20 drops its notes for
 * a link only for the module of the call, and modules that import each other would never be freed.
 */
async function linkLater(all: readonly Linkable[]): Promise<void> {
  const linking = all.map(async (each) => {
    try {
      await each.module.link((specifier, _, { attributes }) =>
        each.target(specifier, attributes as Readonly<Record<string, unknown>>),
      );
    } catch (error) {
      each.onLinkError?.(error);
      throw error;
    }
  });
  // The error of the module that has the bad import, and not of those that import that one.
  const results = await Promise.allSettled(linking);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** A specifier with its import attributes, if Node tells them. */
export interface Request {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
}

/** The requests of a module in the order of its text. */
export function requestsOf(module: SourceTextModule): readonly Request[] {
  const { moduleRequests } = module as { moduleRequests?: readonly Request[] };
  if (moduleRequests !== undefined) return moduleRequests;
  return module.dependencySpecifiers.map((specifier) => ({ specifier, attributes: undefined }));
}
