/** Throws if a value is not allowed. `name` is the option or parameter. */
export type Check = (action: string, name: string, value: unknown) => void;

/** The check of each option of an operation, by the name of the option. */
export type Checks = Readonly<Record<string, Check>>;

/** Throws the error of a bad argument, a TypeError by default. */
export function refuse(
  action: string,
  found: string,
  expected: string,
  Kind: ErrorConstructor = TypeError,
): never {
  throw new Kind(`Cannot ${action}: ${found}, expected ${expected}`);
}

/**
 * Returns a copy of the options that are set, also of inherited options, so that later changes have
 * no effect. Throws if the options are not an object, if an option has no check, or if a check
 * throws.
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
  // A loop over an object literal shows all its options. An instance of a class may have getters,
  // which a loop does not show.
  const isLiteral = Object.getPrototypeOf(options) === Object.prototype;
  for (const name of Object.keys(isLiteral ? options : checks)) {
    const value: unknown = options[name as keyof Options];
    if (value === undefined) continue;
    checks[name]!(action, name, value);
    read[name] = value;
  }
  return read as Options;
}

/**
 * Creates a check from a condition. The check throws a TypeError, or a RangeError if `type` is
 * "number" and the value is a number.
 */
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

/** Creates a check for an integer from `least` to `most`. `most` may be Infinity. */
export function integerChecker(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  return checker<number>(
    `an integer from ${least} to ${most}`,
    (value) => value === most || (Number.isInteger(value) && value >= least && value <= most),
    "number",
  );
}

/** Checks a count: an integer from 1. */
export const checkCount: Check = /* @__PURE__ */ integerChecker(1);

/** Checks a function. */
export const checkFunction: Check = /* @__PURE__ */ checker(
  "a function",
  (value) => typeof value === "function",
);

/** Checks an object. */
export const checkObject: Check = /* @__PURE__ */ checker("an object", isObject);

/** Checks several keys or entries: any iterable but a string, which would yield its characters. */
export const checkKeys: Check = /* @__PURE__ */ checker(
  "an iterable that is not a string",
  isObject,
);

/** Checks a boolean. */
export const checkBoolean: Check = /* @__PURE__ */ checker(
  "a boolean",
  (value) => typeof value === "boolean",
);

/** Checks a fraction: a number from 0 to 1. */
export const checkFraction: Check = /* @__PURE__ */ checker<number>(
  "a number from 0 to 1",
  (value) => value >= 0 && value <= 1,
  "number",
);

/** Checks a duration: a positive number of milliseconds, or Infinity. */
export const checkDuration: Check = /* @__PURE__ */ checker<number>(
  "milliseconds above 0",
  (value) => value > 0,
  "number",
);

/** Checks a duration that may be 0. */
export const checkDurationOrNone: Check = (action, name, value) => {
  if (value !== 0) checkDuration(action, name, value);
};

/** Checks a weight or a number of bytes. Throws a RangeError for every other value. */
export const checkAmount: Check = (action, name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  refuse(action, `${name} is ${print(value)}`, "a safe integer >= 0", RangeError);
};

/** Throws a RangeError if a part is larger than the whole. */
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

/** The text of a bad value in an error message. Calls no code of the value. */
export function print(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isObject(value)) return "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
