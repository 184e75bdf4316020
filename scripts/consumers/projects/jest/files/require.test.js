// Jest as it is without any configuration: CommonJS.

// Long enough for a loaded machine: it ends a test that hangs.
jest.setTimeout(300_000);

test.each(["lru", "pool", "sizeof", "weak"])("uses %s", async (name) => {
  await require(`./consumers/${name}.js`).done;
});

test("passes the checks of all hosts", async () => {
  const { run } = require("./smoke.js");
  expect(await run()).toMatch(/^[1-9]\d+ checks passed$/);
});

test("has the CommonJS copy", () => {
  const path = require.resolve("@heapwise/lru");
  expect(path.replaceAll("\\", "/")).toMatch(/lru\/dist\/cjs\/index\.js$/);
});
