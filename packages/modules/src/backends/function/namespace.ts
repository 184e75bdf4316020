/** An exported variable: `get` reads it. Equal objects are the same variable. */
export interface Binding {
  get: () => unknown;
}

/** An object that becomes a namespace: see `fillNamespace`. */
export function makeNamespace(): object {
  return Object.create(null, {
    [Symbol.toStringTag]: { value: "Module", configurable: true },
  }) as object;
}

/**
 * Gives a namespace its names, in order. Each reads its variable. After that nothing can be added,
 * changed or removed, unless `isFinal` is false.
 */
export function fillNamespace(
  namespace: object,
  bindings: ReadonlyMap<string, Binding>,
  isFinal = true,
): void {
  for (const name of Object.keys(namespace)) Reflect.deleteProperty(namespace, name);
  for (const name of [...bindings.keys()].sort(byCodeUnits)) {
    const { get } = bindings.get(name)!;
    Object.defineProperty(namespace, name, { get, enumerable: true, configurable: !isFinal });
  }
  if (!isFinal) return;
  Object.defineProperty(namespace, Symbol.toStringTag, { configurable: false });
  Object.preventExtensions(namespace);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The variables that `import` finds in the `module.exports` of a CommonJS module. */
export function bindingsOf(exported: unknown): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  if (exported !== null && (typeof exported === "object" || typeof exported === "function")) {
    for (const name of Object.getOwnPropertyNames(exported)) {
      const { enumerable, value, get } = Object.getOwnPropertyDescriptor(exported, name)!;
      if (!enumerable && name !== "__esModule") continue;
      const read = (): unknown => (exported as Record<string, unknown>)[name];
      // As in Node, later assignments are not seen. Accessors are not called before they are used.
      bindings.set(name, { get: get === undefined ? () => value as unknown : read });
    }
  }
  for (const name of ["default", "module.exports"]) bindings.set(name, { get: () => exported });
  return bindings;
}

/**
 * What `require` of an ES module gives: its export named "module.exports", or its namespace, to
 * which `__esModule` is added if it has a default, so that compiled code finds the default.
 */
export function requiredOf(namespace: object): unknown {
  const names = namespace as Record<string, unknown>;
  if (Object.hasOwn(namespace, "module.exports")) return names["module.exports"];
  if (!Object.hasOwn(namespace, "default") || Object.hasOwn(namespace, "__esModule")) {
    return namespace;
  }
  const bindings = new Map<string, Binding>([["__esModule", { get: () => true }]]);
  for (const name of Object.keys(namespace)) bindings.set(name, { get: () => names[name] });
  const required = makeNamespace();
  fillNamespace(required, bindings);
  return required;
}
