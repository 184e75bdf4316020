import { test } from "node:test";
import { expect } from "@heapwise/leaks/node-test";

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
  await expect(keep).not.toBeCollected();
});

test("steady", async () => {
  await expect(() => sessions.clear()).toStaySteady({ rounds: 3 });
  await expect(keep).not.toStaySteady();
});

test("no handles", async (t) => {
  await expect(() => clearTimeout(setTimeout(() => {}, 5000))).toLeaveNoHandles();
  let timer;
  await expect(() => (timer = setTimeout(() => {}, 5000))).not.toLeaveNoHandles();
  clearTimeout(timer);
  await expect(() => t.test("subtest", () => {})).toLeaveNoHandles();
});

test("fake timers", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate"] });
  await expect(() => setTimeout(() => {}, 5000)).toLeaveNoHandles();
});

test("assertions of the test, if Node registers them", async (t) => {
  if (t.assert?.isCollected === undefined) return;
  await t.assert.isCollected(() => ({ session: new Session() }));
  await t.assert.staysSteady(() => sessions.clear());
  await t.assert.leavesNoHandles(() => {});
  console.log("registered");
});
