/** Throws the error of a bad argument, a TypeError by default. */
export function refuse(
  action: string,
  found: string,
  expected: string,
  Kind: ErrorConstructor = TypeError,
): never {
  throw new Kind(`Cannot ${action}: ${found}, expected ${expected}`);
}

/** A check of one option. Throws if the value is not allowed. */
export type Check = (action: string, name: string, value: unknown) => void;

/**
 * Returns a copy of the options that are set, so that later changes have no effect. Throws if the
 * options are not an object, if an option has no check, or if a check throws.
 */
export function readOptions<Options extends object>(
  action: string,
  options: Options,
  checks: Readonly<Record<keyof Options & string, Check>>,
): Partial<Options> {
  const names = Object.keys(checks);
  if (typeof options !== "object" || options === null) {
    refuse(action, `options are ${print(options)}`, "an object");
  }
  const read: Record<string, unknown> = {};
  for (const name in options) {
    if (names.includes(name) || options[name] === undefined) continue;
    refuse(action, `option "${name}" is not known`, `one of ${names.join(", ")}`);
  }
  for (const name of names) {
    const value: unknown = options[name as keyof Options];
    if (value === undefined) continue;
    checks[name as keyof Options & string](action, name, value);
    read[name] = value;
  }
  return read as Partial<Options>;
}

/** A check for an integer from `least`. A wrong number is a RangeError. */
export function integerFrom(least: number): Check {
  return (action, name, value) => {
    if (Number.isSafeInteger(value) && (value as number) >= least) return;
    const Kind = typeof value === "number" ? RangeError : TypeError;
    refuse(action, `${name} is ${print(value)}`, `an integer from ${least}`, Kind);
  };
}

/** A check for one of some texts. A wrong text is a RangeError. */
export function oneOf(...allowed: readonly string[]): Check {
  return (action, name, value) => {
    if (allowed.includes(value as string)) return;
    const Kind = typeof value === "string" ? RangeError : TypeError;
    const expected = allowed.map((text) => `"${text}"`).join(" or ");
    refuse(action, `${name} is ${print(value)}`, expected, Kind);
  };
}

/** A check for a number from 0, such as bytes. */
export const checkAmount: Check = (action, name, value) => {
  if (typeof value === "number" && value >= 0) return;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  refuse(action, `${name} is ${print(value)}`, "a number from 0", Kind);
};

export const checkBoolean: Check = (action, name, value) => {
  if (typeof value !== "boolean") refuse(action, `${name} is ${print(value)}`, "a boolean");
};

export const checkFunction: Check = (action, name, value) => {
  if (typeof value !== "function") refuse(action, `${name} is ${print(value)}`, "a function");
};

/** A short text for a value in the message of an error. Runs no code of the value. */
export function print(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : "an object";
  }
  return String(value);
}
