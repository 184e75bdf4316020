import type { Binding } from "./namespace.ts";
import type { Passed, Resolution, Unit } from "./unit.ts";

/** A module that an ES module imports, and the names that it needs of it. */
export interface Imported {
  readonly specifier: string;
  readonly names: readonly string[];
  readonly unit: Unit;
}

/** An export that is a variable of another module, or its namespace if there is no name. */
export interface Reexport {
  readonly from: Imported;
  readonly name: string | undefined;
}

/** The exports of one ES module (ECMAScript 2026, 16.2.1.7, GetExportedNames and ResolveExport). */
export class ExportTable {
  readonly #locals: ReadonlyMap<string, Binding>;
  readonly #reexports: ReadonlyMap<string, Reexport>;
  readonly #stars: readonly Imported[];

  constructor(
    locals: ReadonlyMap<string, Binding>,
    reexports: ReadonlyMap<string, Reexport>,
    stars: readonly Imported[],
  ) {
    this.#locals = locals;
    this.#reexports = reexports;
    this.#stars = stars;
  }

  /** Whether not all names are known yet. */
  isOpen(passed: Set<object>): boolean {
    if (passed.has(this)) return false;
    passed.add(this);
    return this.#stars.some(({ unit }) => unit.isOpen(passed));
  }

  names(passed: Set<object>): Set<string> {
    const names = new Set<string>();
    if (passed.has(this)) return names;
    passed.add(this);
    for (const name of this.#locals.keys()) names.add(name);
    for (const name of this.#reexports.keys()) names.add(name);
    for (const { unit } of this.#stars) {
      for (const name of unit.names(passed)) if (name !== "default") names.add(name);
    }
    return names;
  }

  resolve(name: string, passed: Passed): Resolution {
    const names = passed.get(this) ?? new Set();
    if (names.has(name)) return "missing";
    passed.set(this, names.add(name));
    const local = this.#locals.get(name);
    if (local !== undefined) return local;
    const reexport = this.#reexports.get(name);
    if (reexport === undefined) return this.#resolveStar(name, passed);
    const { unit } = reexport.from;
    if (reexport.name === undefined) return namespaceBinding(unit.namespace);
    return unit.resolve(reexport.name, passed);
  }

  /** All exports that can be read. The names that two `export *` give differently are not there. */
  bindings(): Map<string, Binding> {
    const bindings = new Map<string, Binding>();
    for (const name of this.names(new Set())) {
      const found = this.resolve(name, new Map());
      if (typeof found === "object") bindings.set(name, found);
      else if (found === "later") bindings.set(name, this.#lateBinding(name));
    }
    return bindings;
  }

  /**
   * Checks that the exported variables of other modules exist. Returns whether some of them are
   * known only later.
   */
  check(): boolean {
    let isLate = false;
    for (const [exported, { from, name }] of this.#reexports) {
      if (name === undefined) continue;
      const found = this.resolve(exported, new Map());
      if (found === "missing" || found === "ambiguous") throw missing(from, name, found);
      isLate ||= found === "later";
    }
    return isLate;
  }

  #resolveStar(name: string, passed: Passed): Resolution {
    if (name === "default") return "missing";
    let result: Resolution = "missing";
    for (const { unit } of this.#stars) {
      const found = unit.resolve(name, passed);
      if (found === "ambiguous") return found;
      if (found === "missing") continue;
      if (typeof found === "object" && typeof result === "object" && found !== result) {
        return "ambiguous";
      }
      if (result === "missing" || typeof found === "object") result = found;
    }
    return result;
  }

  #lateBinding(exported: string): Binding {
    const { from, name } = this.#reexports.get(exported)!;
    return { get: () => (from.unit.namespace as Record<string, unknown>)[name!] };
  }
}

/**
 * Checks the names that a module imports. Returns whether some are known only later.
 * @throws {SyntaxError} as Node words it.
 */
export function checkImported(imported: Imported): boolean {
  let isLate = false;
  for (const name of imported.names) {
    const found = imported.unit.resolve(name, new Map());
    if (found === "missing" || found === "ambiguous") throw missing(imported, name, found);
    isLate ||= found === "later";
  }
  return isLate;
}

const namespaceBindings = new WeakMap<object, Binding>();

/** The variable that a namespace is; the same for all that re-export it. */
function namespaceBinding(namespace: object): Binding {
  let binding = namespaceBindings.get(namespace);
  if (binding === undefined) {
    binding = { get: () => namespace };
    namespaceBindings.set(namespace, binding);
  }
  return binding;
}

function missing(
  { specifier, unit }: Imported,
  name: string,
  found: "missing" | "ambiguous",
): SyntaxError {
  if (found === "ambiguous") {
    return new SyntaxError(
      `The requested module '${specifier}' contains conflicting star exports for name '${name}'`,
    );
  }
  if (unit.isCommonJs) {
    return new SyntaxError(
      `Named export '${name}' not found. The requested module '${specifier}' is a CommonJS module, which may not support all module.exports as named exports.`,
    );
  }
  return new SyntaxError(
    `The requested module '${specifier}' does not provide an export named '${name}'`,
  );
}
