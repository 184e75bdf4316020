import { expect, it } from "vitest";
import { PrintedPath } from "../../src/paths/printed-path.ts";
import type { PathStep } from "../../src/paths/retaining-path.ts";

function steps(count: number): PathStep[] {
  return Array.from({ length: count }, (_, index) => ({
    edge: index === 0 ? "" : `.step${index}`,
    node: index === 0 ? "globalThis" : `Node${index}`,
  }));
}

it("a path of 12 lines is printed as it is, and a longer one is cut in the middle", () => {
  const whole = String(new PrintedPath("global", steps(13))).split("\n");
  expect(whole).toHaveLength(12);
  expect(whole[0]).toBe("global: globalThis.step1 → Node1");
  expect(whole.at(-1)).toBe("  .step12 → Node12");
  const cut = String(new PrintedPath("global", steps(40))).split("\n");
  expect(cut).toHaveLength(12);
  expect(cut[5]).toBe("  .step6 → Node6");
  expect(cut[6]).toBe("  … 28 more steps");
  expect(cut[7]).toBe("  .step35 → Node35");
  expect(cut.at(-1)).toBe("  .step39 → Node39");
});

it("one step more than fits leaves at least two out", () => {
  const cut = String(new PrintedPath("global", steps(14))).split("\n");
  expect(cut).toHaveLength(12);
  expect(cut).toContain("  … 2 more steps");
});

it("the root is named once, and places stand behind what they belong to", () => {
  const location = { url: "src/app.js", line: 3, column: 7 };
  const path = new PrintedPath("module", [
    { edge: "", node: "module src/app.js" },
    { edge: "variable `cache`", node: "Map" },
    { edge: '.get("u1")', node: "Session", location },
  ]);
  expect(String(path)).toBe(
    'module: src/app.js, variable `cache` → Map\n  .get("u1") → Session (src/app.js:3:7)',
  );
  const alone = new PrintedPath("timer", [{ edge: "", node: "setTimeout of 5 ms", location }]);
  expect(String(alone)).toBe("timer: setTimeout of 5 ms (src/app.js:3:7)");
});

it("a terminal does not obey a name, and a name with a break is no other line", () => {
  const evil = "a\n\u001B[2Jb";
  const path = new PrintedPath("global", [
    { edge: "", node: evil },
    { edge: `.${evil}`, node: evil },
    { edge: `.${evil}`, node: evil, location: { url: evil, line: 1, column: 1 } },
  ]);
  const shown = "a\\x0a\\x1b[2Jb";
  expect(String(path)).toBe(
    `global: ${shown}, .${shown} → ${shown}\n  .${shown} → ${shown} (${shown}:1:1)`,
  );
});
