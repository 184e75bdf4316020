import type { Description, Members } from "./messages.ts";

/** The data that a facade needs: the name for errors, and how to call. Holds no code. */
export interface FacadeContext {
  readonly name: string;
  readonly call: (path: readonly string[], args: readonly unknown[]) => Promise<unknown>;
}

/**
 * The exports of a host has of the of a module in a worker: functions that return promises, and
 * copies of data. Access to what can be neither called nor copied throws a TypeError.
 */
export function makeFacade(
  description: Description,
  context: FacadeContext,
  path: readonly string[] = [],
): unknown {
  switch (description.kind) {
    case "data":
      return description.value;
    case "function": {
      const { call } = context;
      const facade = (...args: unknown[]): Promise<unknown> => call(path, args);
      const name = path.at(-1) ?? "module.exports";
      Object.defineProperty(facade, "name", { value: name, configurable: true });
      return addMembers(facade, description.members, context, path);
    }
    case "object": {
      const facade: object = description.isNamespace ? Object.create(null) : {};
      if (description.isNamespace) {
        Object.defineProperty(facade, Symbol.toStringTag, { value: "Module" });
      }
      return addMembers(facade, description.members, context, path);
    }
    case "refused":
      throw refusal(context.name, path, description.found);
  }
}

function addMembers(
  facade: object,
  members: Members,
  context: FacadeContext,
  path: readonly string[],
): object {
  for (const [name, member] of members) {
    const place = [...path, name];
    if (member.kind !== "refused") {
      const value = makeFacade(member, context, place);
      Object.defineProperty(facade, name, { value, enumerable: true, configurable: true });
      continue;
    }
    const { name: module } = context;
    const { found } = member;
    // Hidden from `{ ...exports }` and from printers, which would throw.
    Object.defineProperty(facade, name, {
      get: () => {
        throw refusal(module, place, found);
      },
      configurable: true,
    });
  }
  return facade;
}

function refusal(module: string, path: readonly string[], found: string): TypeError {
  const what = path.length === 0 ? "module.exports" : `"${path.join(".")}"`;
  return new TypeError(
    `Cannot use ${what} of module "${module}": ${found}, expected a function or data, as the module runs in a worker`,
  );
}
