import type { Description, Members } from "../src/backends/worker/messages.ts";

const CLASS = /^class\b/;
// The module may replace these.
const { structuredClone } = globalThis;
const { toString } = Function.prototype;

/**
 * Describes the exports of a module: functions by their place, data by a copy, and what can be
 * neither called nor copied by the reason.
 */
export function describeExports(exports: unknown): Description {
  const isNamespace = Object.prototype.toString.call(exports) === "[object Module]";
  if (isNamespace) return { kind: "object", isNamespace, members: membersOf(exports as object) };
  return describe(exports, [], true);
}

function describe(value: unknown, parents: readonly object[], isRoot: boolean): Description {
  if (typeof value === "function") {
    if (CLASS.test(Reflect.apply(toString, value, []) as string)) return refuse("it is a class");
    return { kind: "function", members: membersOf(value, [...parents, value]) };
  }
  if (typeof value !== "object" || value === null) return copy(value);
  if (parents.includes(value)) return refuse("it has a circle with functions");
  // `module.exports` is an object of members, of which each is looked at by itself.
  if (!isRoot || !isPlain(value)) {
    const copied = copy(value);
    if (copied.kind === "data" || !isPlain(value)) return copied;
  }
  return { kind: "object", isNamespace: false, members: membersOf(value, [...parents, value]) };
}

function membersOf(object: object, parents: readonly object[] = [object]): Members {
  // Compilers write the exports of ES modules as getters.
  const mayGet = parents.length === 1 && Reflect.get(object, "__esModule") === true;
  return Object.keys(object).map((name) => {
    const { get, value } = Object.getOwnPropertyDescriptor(object, name)!;
    const isAccessor = get !== undefined && !mayGet;
    if (isAccessor) return [name, refuse("it is an accessor")] as const;
    const found: unknown = get === undefined ? value : (object as Record<string, unknown>)[name];
    return [name, describe(found, parents, false)] as const;
  });
}

function copy(value: unknown): Description {
  try {
    return { kind: "data", value: structuredClone(value) };
  } catch (error) {
    return refuse(
      `it cannot be cloned (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(found: string): Description {
  return { kind: "refused", found };
}
