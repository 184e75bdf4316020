const { leakScope } = require("@heapwise/leaks");
require("@heapwise/leaks/jest");
class Session {
  user = "ada";
}
let k;

test("a variable of the file", async () => {
  await expect(() => (k = new Session())).toBeCollected();
  String(k);
});

test("a variable of another file", async () => {
  const { keep } = require("./keeps.cjs");
  const open = () => {
    const session = new Session();
    keep(session);
    return session;
  };
  await expect(open).toBeCollected();
});

test("a property of the global object", async () => {
  await expect(() => (globalThis.leaked = new Session())).toBeCollected();
});

test("a variable of the test", async () => {
  const scope = leakScope();
  const session = scope.track(new Session());
  await scope.close();
  String(session);
});
