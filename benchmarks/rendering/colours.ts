import { BASELINE } from "../adapters/catalogue.ts";
import { POLICY_NAMES } from "../adapters/ours.ts";
import { OPT } from "../hit-ratio/opt.ts";
import type { Theme } from "./style.ts";

/** The meaning of a colour: one of our policies by its number, or another arm. */
type Role = number | "text" | "baseline" | "rival";

function roleOf(arm: string): Role {
  if (arm.startsWith("heapwise "))
    return Math.max(
      0,
      POLICY_NAMES.findIndex((name) => arm === `heapwise ${name}`),
    );
  if (arm === OPT) return "text";
  return arm.startsWith(BASELINE) ? "baseline" : "rival";
}

/**
 * The colour of an arm as a custom property of the page, so that it follows the theme of the
 * reader.
 */
export function colourOf(arm: string): string {
  const role = roleOf(arm);
  return typeof role === "number" ? `var(--policy-${role + 1})` : `var(--${role})`;
}

/** The colour of an arm in one theme, for a picture without a page. */
export function colourIn(theme: Theme, arm: string): string {
  const role = roleOf(arm);
  return typeof role === "number" ? theme.policies[role]! : theme[role];
}
