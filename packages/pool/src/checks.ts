/** Throws a TypeError unless `options` is an object with none but known names. */
export function checkNames(action: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: options are ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.has(name)) continue;
    throw new TypeError(
      `Cannot ${action}: option "${name}" is not known, expected one of ${[...known].join(", ")}`,
    );
  }
}

/** Throws unless the value is an integer from `least` to `most`; Infinity passes where `most` is Infinity. */
export function checkInteger(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  checkType(action, name, value, "number");
  const isWhole = Number.isSafeInteger(value) || (value === Infinity && most === Infinity);
  if (isWhole && (value as number) >= least && (value as number) <= most) return;
  throw new RangeError(
    `Cannot ${action}: ${name} is ${String(value)}, expected an integer from ${least} to ${most}`,
  );
}

/** Throws unless the value is a number from `least` to `most`, NaN not among them. */
export function checkNumber(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  checkType(action, name, value, "number");
  if ((value as number) >= least && (value as number) <= most) return;
  throw new RangeError(
    `Cannot ${action}: ${name} is ${String(value)}, expected a number from ${least} to ${most}`,
  );
}

/** Throws a TypeError for what is no function. */
export function checkFunction(action: string, name: string, value: unknown): void {
  checkType(action, name, value, "function");
}

/** Throws a TypeError for what is neither true nor false. */
export function checkBoolean(action: string, name: string, value: unknown): void {
  checkType(action, name, value, "boolean");
}

/** Throws a TypeError for what is no string. */
export function checkString(action: string, name: string, value: unknown): void {
  checkType(action, name, value, "string");
}

function checkType(action: string, name: string, value: unknown, type: string): void {
  if (typeof value === type) return;
  throw new TypeError(`Cannot ${action}: ${name} is ${print(value)}, expected a ${type}`);
}

/** What an error message shows of a value; never runs code of it. */
export function print(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
