/** Throws the error of a bad argument: its value, and the expected value. */
export function refuse(
  action: string,
  name: string,
  value: unknown,
  expected: string,
  Kind: new (message: string) => Error = TypeError,
): never {
  throw new Kind(`Cannot ${action}: ${name} is ${print(value)}, expected ${expected}`);
}

/** Throws a TypeError unless `options` is an object with known names only. */
export function checkNames(action: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: options are ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    throw new TypeError(
      `Cannot ${action}: option "${name}" is not known, expected one of ${known.join(", ")}`,
    );
  }
}

/**
 * The options, with defaults for names that are missing or undefined. Throws a TypeError unless
 * `options` is an object with known names only.
 */
export function readOptions<S extends object>(action: string, options: object, defaults: S): S {
  checkNames(action, options, Object.keys(defaults));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * Throws unless the value is an integer from `least` to `most`. Infinity is accepted if `most` is
 * Infinity.
 */
export function checkInteger(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  checkNumber(action, name, value, least, most, "an integer");
  if (Number.isSafeInteger(value) || value === Infinity) return;
  refuse(action, name, value, `an integer from ${least} to ${most}`, RangeError);
}

/** Throws unless the value is a number from `least` to `most`. NaN is refused. */
export function checkNumber(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
  kind = "a number",
): void {
  checkType(action, name, value, "number");
  if ((value as number) >= least && (value as number) <= most) return;
  refuse(action, name, value, `${kind} from ${least} to ${most}`, RangeError);
}

/** Throws a TypeError if a value has another type. */
export function checkType(
  action: string,
  name: string,
  value: unknown,
  type: "function" | "boolean" | "string" | "number",
): void {
  if (typeof value !== type) refuse(action, name, value, `a ${type}`);
}

/** The text of a value in an error message. Never runs code of the value. */
export function print(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
