import { isObject } from "./is-thenable.ts";
import { describeLoan, shorten, type HeldLoans } from "./errors.ts";
import type { Holder, HolderDescription } from "./lease.ts";

/** A loan of a pool, or of a key of a keyed pool. */
type AnyHolder = Omit<Holder, "value"> & { readonly key?: unknown };

/** Describes loans for an error. The result holds no resource. */
export function heldLoans(holders: readonly AnyHolder[]): HeldLoans {
  const described = holders.map(describe);
  const list = described.map(print).join(", ");
  return { holders: described, text: list && `; held longest: ${list}` };
}

function describe(holder: AnyHolder): HolderDescription {
  const { loan, age, label, note, stack } = holder;
  const since = Math.round(Date.now() - age);
  const description = { loan, since, age, label, note, stack };
  return "key" in holder ? { key: describeKey(holder.key), ...description } : description;
}

/**
 * `loan 3.7 "checkout" (insert order) for 1200 ms`, followed by `under key "a"` in a keyed pool.
 */
function print({ key, age, ...loan }: HolderDescription): string {
  const owner = key === undefined ? "" : ` under key ${JSON.stringify(key)}`;
  return `${describeLoan(loan)} for ${Math.round(age)} ms${owner}`;
}

/**
 * The text of a key for errors and logs: at most 200 characters, without the passwords of addresses
 * and of connection strings (`password=...`, `Pwd=...`, `token=...`). Never runs code of the key.
 * An object is shown as "an object".
 */
export function describeKey(key: unknown): string {
  if (isObject(key)) return "an object";
  return shorten(
    String(key)
      .replace(/\/\/(?:[^/\s]*@|[^/\s:]*:(?!\d+\/)[^,]{0,999}@)/g, "//***@")
      .replace(/(pass\w{0,9}|pwd|secret|token|\wkey) ?= ?[^&;\s]*/gi, "$1=***"),
    200,
  );
}
