/**
 * The name of the class of an object, `Function` of a function, `Symbol` of a symbol. Reads no
 * getter. A trap of a proxy may run; its errors are ignored.
 */
export function classNameOf(object: WeakKey): string {
  if (typeof object === "symbol") return "Symbol";
  if (typeof object === "function") return "Function";
  try {
    for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object) {
      const made: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
      if (typeof made !== "function") continue;
      const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
      if (typeof name === "string" && name !== "") return name;
    }
  } catch {
    // A revoked proxy.
  }
  return "Object";
}
