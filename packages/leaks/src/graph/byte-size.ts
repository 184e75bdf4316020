import { print, refuse } from "../checks/arguments.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/**
 * Reads a size: bytes, a text such as `"64mb"` (10^6) or `"1gib"` (2^30), or a part of `whole`
 * bytes such as `"25%"`.
 */
export function readByteSize(action: string, name: string, size: unknown, whole: number): number {
  if (typeof size === "number" && size >= 0) return size;
  const wanted = "bytes, a size such as '64mb' or '1gib', or a part of the memory such as '25%'";
  if (typeof size !== "string") {
    refuse(
      action,
      `${name} is ${print(size)}`,
      wanted,
      typeof size === "number" ? RangeError : TypeError,
    );
  }
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*(%|[kmg]?i?b?)\s*$/i.exec(size) ?? [];
  const factor =
    unit === "%" ? whole / 100 : UNITS[(unit ?? "none").toLowerCase().replace(/b$/, "")];
  if (factor === undefined) refuse(action, `${name} is ${print(size)}`, wanted, RangeError);
  return Math.floor(Number(digits) * factor);
}
