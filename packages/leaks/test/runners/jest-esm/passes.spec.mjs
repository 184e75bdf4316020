import { expect as own, jest, test as run } from "@jest/globals";
import { matchers } from "@heapwise/leaks/jest";

class Session {
  user = "ada";
}
const sessions = new Set();
const keep = () => {
  const session = new Session();
  sessions.add(session);
  return { session };
};
own.extend(matchers);

run("collected, held and steady", async () => {
  await own(() => ({ session: new Session() })).toBeCollected();
  await own(keep).not.toBeCollected();
  await own(keep).not.toStaySteady();
});

run("handles, also under fake timers", async () => {
  jest.useFakeTimers();
  await own(() => setTimeout(() => {}, 5000)).toLeaveNoHandles();
  jest.useRealTimers();
  let timer;
  await own(() => (timer = setTimeout(() => {}, 5000))).not.toLeaveNoHandles();
  clearTimeout(timer);
});
