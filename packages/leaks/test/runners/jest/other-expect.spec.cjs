const { expect: own, test: run } = require("@jest/globals");
const { matchers } = require("@heapwise/leaks/jest");

run("an expect of its own", async () => {
  own.extend(matchers);
  await own(() => ({ session: {} })).toBeCollected();
});
