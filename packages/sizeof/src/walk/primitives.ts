import type { EngineProfile } from "../profile/profile.ts";
import { LONGEST_CONSTANT } from "./limits.ts";
import { textBytes } from "./text.ts";

const wellKnown: ReadonlySet<unknown> = /* @__PURE__ */ new Set(
  Object.getOwnPropertyNames(Symbol).map((name) => (Symbol as never)[name]),
);

/** Bytes of a primitive. Returns 0 for an object, and for a function. */
export function primitiveBytes(value: unknown, profile: EngineProfile): number {
  switch (typeof value) {
    case "string":
      return textBytes(value, profile);
    case "number": {
      const { smallest, double } = profile;
      return (value | 0) === value && value < smallest && value >= -smallest ? 0 : double;
    }
    case "bigint":
      return profile.bigint(digitsOf(value));
    case "symbol": {
      // Registered and well-known symbols belong to the program.
      if (Symbol.keyFor(value) !== undefined || wellKnown.has(value)) return 0;
      const { description = "" } = value;
      const isData = description.length > LONGEST_CONSTANT;
      return profile.symbol + (isData ? textBytes(description, profile) : 0);
    }
    default:
      return 0;
  }
}

/**
 * Digits of 64 bits. A binary search by shifts, whose first step leaves half of the number, so that
 * a large number is never copied as a whole.
 */
function digitsOf(value: bigint): number {
  const isFew = Number.isFinite(Number(value));
  if (isFew && value < 0n) value = -value;
  let digits = value === 0n ? 0 : 1;
  for (let step = isFew ? FEW_DIGITS : LONGEST_BIGINT; step >= 1; step /= 2) {
    const rest = value >> BigInt(64 * step);
    if (rest === 0n || rest === -1n) continue;
    digits += step;
    value = rest;
  }
  return digits;
}

/** Half of the digits of the largest bigint that is finite as a number. */
const FEW_DIGITS = 8;
/** No engine has a bigint with more digits. */
const LONGEST_BIGINT = 16_777_216;
