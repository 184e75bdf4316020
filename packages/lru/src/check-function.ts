/** Throws unless the value is an integer from `least` to `most`, or `most` itself, which may be Infinity. */
export function checkInteger(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} is ${print(value)}, expected a number`);
  }
  if (value !== most && (!Number.isInteger(value) || value < least || value > most)) {
    throw new RangeError(
      `Cannot ${action}: ${name} is ${value}, expected an integer from ${least} to ${most}`,
    );
  }
}

/** Throws a TypeError for what is no function. */
export function checkFunction(action: string, name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(`Cannot ${action}: ${name} is ${print(value)}, expected a function`);
}

/** What an error message shows of a bad value; never runs code of it. */
export function print(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** Throws unless the value is a number from 0 to 1. */
export function checkFraction(action: string, name: string, value: unknown): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} is ${print(value)}, expected a number`);
  }
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`Cannot ${action}: ${name} is ${value}, expected a number from 0 to 1`);
  }
}
