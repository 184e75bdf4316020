import { print } from "./print.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes of a size as people write it: `'64mb'` is 64 * 10^6, `'1.5gib'` is 1.5 * 2^30, and a number
 * or a text without a unit is bytes. Case and space before the unit do not matter. Fractions of a byte are dropped.
 *
 * @throws RangeError for what is no size, is negative, or is no safe integer of bytes.
 * @throws TypeError for what is neither a number nor a string.
 */
export function parseBytes(size: number | string): number {
  if (typeof size !== "number" && typeof size !== "string") {
    throw new TypeError(
      `Cannot parse bytes: size is ${print(size)}, expected a number or a string`,
    );
  }
  const bytes = Math.floor(typeof size === "number" ? size : bytesOfText(size));
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new RangeError(
    `Cannot parse bytes: size is ${print(size)}, expected bytes or a size such as '64mb' or '1.5gib'`,
  );
}

function bytesOfText(text: string): number {
  const [, digits, unit = ""] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const name = unit.toLowerCase();
  return digits !== undefined && Object.hasOwn(UNITS, name) ? Number(digits) * UNITS[name]! : NaN;
}
