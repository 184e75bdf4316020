import { expect, test } from "vitest";
import "@heapwise/leaks/vitest";

class Session {
  user = "ada";
}
globalThis.heldSessions = new Set();
const keep = () => {
  const session = new Session();
  globalThis.heldSessions.add(session);
  return { session };
};

test("held", async () => {
  await expect(keep).toBeCollected();
});

test("growing", async () => {
  await expect(keep).toStaySteady({ classes: [Session] });
});

test("left", async () => {
  await expect(() => setInterval(() => {}, 5000).unref()).toLeaveNoHandles();
});

test("collected", async () => {
  await expect(() => new Session()).not.toBeCollected();
});

test("wrong", async () => {
  await expect(5).not.toLeaveNoHandles();
});
