const vi = jest;
require("@heapwise/leaks/jest");

class Session {
  user = "ada";
}
const sessions = new Set();
const keep = () => {
  const session = new Session();
  sessions.add(session);
  return { session };
};

test("collected", async () => {
  await expect(() => ({ session: new Session() })).toBeCollected();
  await expect(async () => new Session()).toBeCollected({ allow: "plain" });
});

test("held", async () => {
  await expect(keep).not.toBeCollected();
});

test("steady", async () => {
  await expect(() => sessions.clear()).toStaySteady({ rounds: 3 });
  await expect(keep).not.toStaySteady();
});

test("no handles", async () => {
  await expect(() => clearTimeout(setTimeout(() => {}, 5000))).toLeaveNoHandles();
  let timer;
  await expect(() => (timer = setTimeout(() => {}, 5000))).not.toLeaveNoHandles();
  clearTimeout(timer);
});

test("console output and imports leave no handles", async () => {
  await expect(async () => {
    console.log("output");
    require("./imported.cjs");
  }).toLeaveNoHandles();
});

test("fake timers", async () => {
  vi.useFakeTimers();
  await expect(() => setTimeout(() => {}, 5000)).toLeaveNoHandles();
  await expect(() => ({ session: new Session() })).toBeCollected();
  vi.useRealTimers();
});

test.concurrent("two at once, first", async () => {
  await expect(
    async () => void (await new Promise((done) => setTimeout(done, 20))),
  ).toLeaveNoHandles();
});

test.concurrent("two at once, second", async () => {
  let timer;
  await expect(() => (timer = setInterval(() => {}, 5000))).not.toLeaveNoHandles();
  clearInterval(timer);
});
