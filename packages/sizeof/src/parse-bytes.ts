import { print } from "./print.ts";

/**
 * Bytes of a size as people write it: `'64mb'` and `'64m'` are 64 * 10^6, `'1.5gib'` and `'1.5Gi'` are
 * 1.5 * 2^30, and a number or a text without a unit is bytes. Case and space around the number do not
 * matter. Fractions of a byte are dropped.
 *
 * Units: `b`; `k`, `m`, `g`, `t` and `kb`, `mb`, `gb`, `tb` are powers of ten; `ki`, `mi`, `gi`, `ti` and
 * `kib`, `mib`, `gib`, `tib` are powers of two.
 *
 * ```ts
 * import { parseBytes } from "@heapwise/sizeof";
 *
 * parseBytes("64mb"); // => 64000000
 * parseBytes("1.5 Ki"); // => 1536
 * ```
 *
 * @throws RangeError for a text that is not a size (`'1e6'`, `'1_000'`, `'1,000'`), for less than 0, and for more
 *   bytes than the largest safe integer.
 * @throws TypeError for anything but a number or a string.
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
  // A product of 1.001 and 1000 is less than 1001.
  return unit.length > 1 ? Number(digits) * 1024 ** power : Number(`${digits}e${3 * power}`);
}
