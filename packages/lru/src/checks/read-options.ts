/** Throws unless a value is what is wanted. The name is that of the option or parameter. */
export type Check = (action: string, name: string, value: unknown) => void;

/** What each option of an operation has to be, by its name. */
export type Checks = Readonly<Record<string, Check>>;

/** Throws the error of a bad argument: a TypeError, where nothing else is given. */
export function refuse(
  action: string,
  found: string,
  expected: string,
  Kind: ErrorConstructor = TypeError,
): never {
  throw new Kind(`Cannot ${action}: ${found}, expected ${expected}`);
}

/**
 * Throws for options that are no object, have another name than those of the checks, or a value that
 * is not as wanted. Returns a copy with all that is set, be it inherited: later changes do not reach it.
 */
export function readOptions<Options extends object>(
  action: string,
  options: Options,
  checks: Checks,
): Options {
  if (!isObject(options)) refuse(action, `options are ${print(options)}`, "an object");
  const read: Record<string, unknown> = {};
  for (const name in options) {
    if (Object.hasOwn(checks, name) || options[name] === undefined) continue;
    refuse(action, `option "${name}" is not known`, `one of ${Object.keys(checks).join(", ")}`);
  }
  // What an object literal has is seen in a loop over it; that of a class may be getters, which no loop shows.
  const isLiteral = Object.getPrototypeOf(options) === Object.prototype;
  for (const name of Object.keys(isLiteral ? options : checks)) {
    const value: unknown = options[name as keyof Options];
    if (value === undefined) continue;
    checks[name]!(action, name, value);
    read[name] = value;
  }
  return read as Options;
}

/** Makes a check, which throws a TypeError; a RangeError where numbers are wanted, for one that is not. */
export function checker<Value = unknown>(
  expected: string,
  isWanted: (value: Value) => boolean,
  type?: "number",
): Check {
  return (action, name, value) => {
    if ((type === undefined || typeof value === type) && isWanted(value as Value)) return;
    const Kind = typeof value === type ? RangeError : TypeError;
    refuse(action, `${name} is ${print(value)}`, expected, Kind);
  };
}

/** A check for an integer from `least` to `most`, or `most` itself, which may be Infinity. */
export function integerChecker(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  return checker<number>(
    `an integer from ${least} to ${most}`,
    (value) => value === most || (Number.isInteger(value) && value >= least && value <= most),
    "number",
  );
}

/** A number of things, of which there is at least one. */
export const checkCount: Check = /* @__PURE__ */ integerChecker(1);

/** A function. */
export const checkFunction: Check = /* @__PURE__ */ checker(
  "a function",
  (value) => typeof value === "function",
);

/** An object. */
export const checkObject: Check = /* @__PURE__ */ checker("an object", isObject);

/** Several keys or entries: anything iterable but a text, which would be taken apart into its characters. */
export const checkKeys: Check = /* @__PURE__ */ checker("an iterable that is no text", isObject);

/** A boolean. */
export const checkBoolean: Check = /* @__PURE__ */ checker(
  "a boolean",
  (value) => typeof value === "boolean",
);

/** A part of something, from 0 to 1. */
export const checkFraction: Check = /* @__PURE__ */ checker<number>(
  "a number from 0 to 1",
  (value) => value >= 0 && value <= 1,
  "number",
);

/** A time to live: a positive number of milliseconds, or Infinity. */
export const checkDuration: Check = /* @__PURE__ */ checker<number>(
  "milliseconds above 0",
  (value) => value > 0,
  "number",
);

/** A duration, ms, or 0. */
export const checkDurationOrNone: Check = (action, name, value) => {
  if (value !== 0) checkDuration(action, name, value);
};

/** A weight or a number of bytes. Throws a RangeError for all that is none. */
export const checkAmount: Check = (action, name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  refuse(action, `${name} is ${print(value)}`, "a safe integer >= 0", RangeError);
};

/** Throws a RangeError where a part has more than the whole. */
export function checkPart(
  action: string,
  name: string,
  part: number,
  wholeName: string,
  whole: number,
): void {
  if (part > whole) {
    refuse(action, `${name} is ${part}`, `at most ${wholeName}, ${whole}`, RangeError);
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What an error message shows of a bad value; never runs code of it. */
export function print(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isObject(value)) return "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
