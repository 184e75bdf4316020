import type { EngineProfile } from "../profile/profile.ts";
import { SHORT } from "./family.ts";
import { textBytes } from "./text.ts";

const wellKnown: ReadonlySet<unknown> = /* @__PURE__ */ new Set(
  Object.getOwnPropertyNames(Symbol).map((name) => (Symbol as never)[name]),
);

/** Bytes of what is neither an object nor a function. */
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
      return profile.symbol + (description.length > SHORT ? textBytes(description, profile) : 0);
    }
    default:
      return 0;
  }
}

/** Digits of 64 bits, counted by shifts, of which the first leaves half: a large number is not copied. */
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

/** Digits of half of the largest number that is no bigint. */
const FEW_DIGITS = 8;
/** No engine has a bigint of more digits. */
const LONGEST_BIGINT = 2 ** 24;
