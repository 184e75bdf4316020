import { print } from "./print.ts";

/**
 * Converts a size as people write it to bytes. `"64mb"` and `"64m"` are 64 * 10^6, `"1.5gib"` and
 * `"1.5Gi"` are 1.5 * 2^30. A number, or a text without a unit, is bytes already. Upper and lower
 * case, and spaces around the number, make no difference. Fractions of a byte are dropped.
 *
 * Units: `b`. Powers of ten are `k`, `m`, `g`, `t` and `kb`, `mb`, `gb`, `tb`. Powers of two are
 * `ki`, `mi`, `gi`, `ti` and `kib`, `mib`, `gib`, `tib`.
 *
 * @param size A number of bytes, or a text.
 * @returns A whole number of bytes, from 0 to the largest safe integer.
 * @throws {RangeError} if a text is not a size (`"1e6"`, `"1_000"` and `"1,000"` are not), or if
 *   the size is below 0 or above the largest safe integer.
 * @throws {TypeError} if `size` is neither a number nor a string.
 *
 * @example
 * ```ts
 * import { parseBytes } from "@heapwise/sizeof";
 *
 * parseBytes("64mb"); // => 64000000
 * parseBytes("1.5 Ki"); // => 1536
 * parseBytes(1.9); // => 1
 * parseBytes("64 parsecs"); // => throws RangeError
 * ```
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
    `Cannot parse bytes: size is ${print(size)}, expected bytes or a size such as '64mb', '64m', '1.5gib' or '1.5gi'`,
  );
}

function bytesOfText(text: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d*)?|\.\d+)\s*([kmgt]i?)?b?$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return NaN;
  const power = " kmgt".indexOf(unit.charAt(0).toLowerCase() || " ");
  // Not a product, because 1.001 * 1000 is less than 1001.
  return unit.length > 1 ? Number(digits) * 1024 ** power : Number(`${digits}e${3 * power}`);
}
