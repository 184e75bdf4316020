import { expect, test } from "vitest";
import { run } from "./smoke.js";

test.each(["lru", "pool", "sizeof", "weak"])("uses %s", async (name) => {
  await (
    await import(`./consumers/${name}.js`)
  ).done;
});

test("passes the checks of all hosts", async () => {
  expect(await run()).toMatch(/^[1-9]\d+ checks passed$/);
});
