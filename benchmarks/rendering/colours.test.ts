import { expect, test } from "vitest";
import { POLICY_NAMES } from "../adapters/ours.ts";
import { colourIn, colourOf } from "./colours.ts";
import { STYLE, THEMES } from "./style.ts";

const ARMS = POLICY_NAMES.map((name) => `heapwise ${name}`);

test.each(Object.entries(THEMES))(
  "each policy has a colour of its own in the %s theme",
  (_, theme) => {
    const colours = ARMS.map((arm) => colourIn(theme, arm));

    expect(colours.every((colour) => /^#[\da-f]{6}$/.test(colour))).toBe(true);
    expect(new Set(colours).size).toBe(ARMS.length);
  },
);

test("both themes have the same number of colours, and each colour once", () => {
  const { light, dark } = THEMES;

  expect(light.policies.length).toBe(dark.policies.length);
  for (const { policies } of [light, dark]) expect(new Set(policies).size).toBe(policies.length);
});

test("the style of the report declares the colour of each policy in both themes", () => {
  for (const arm of ARMS) {
    const property = /^var\((--policy-\d+)\)$/.exec(colourOf(arm))![1]!;
    expect(STYLE.split(`${property}:`).length).toBe(3);
  }
});
