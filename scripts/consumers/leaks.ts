import {
  assertCollected,
  assertNoHandles,
  collectGarbage,
  handlesLeftBy,
  LeakError,
  track,
  type Leak,
} from "@heapwise/leaks";
import { matchers as jestMatchers } from "@heapwise/leaks/jest";
import { expect as expectMake, type LeakMatchers } from "@heapwise/leaks/node-test";
import { HeapGraph, HeapSnapshotError } from "@heapwise/leaks/snapshot";

interface Session {
  readonly user: string;
}

const held = new Set<Session>();
const open = (): { session: Session } => {
  const session = { user: "ada" };
  held.add(session);
  return { session };
};

async function main(): Promise<void> {
  const { via, freedBytes } = await collectGarbage();
  expect(via === "gc" && freedBytes >= 0, "a collection without a flag");
  await assertCollected(() => ({ session: { user: "ada" } }));
  const error: unknown = await assertCollected(open, { explain: false }).catch(
    (each: unknown) => each,
  );
  expect(error instanceof LeakError && error.code === "LEAK", "an error for what is held");
  const leak: Leak | undefined = error instanceof LeakError ? error.leaks[0] : undefined;
  expect(leak?.label === "session" && leak.verdict === "live", "the leak with its name");
  const [session] = held;
  expect((await track(session!, "session").status()) === "live", "a verdict");

  await assertNoHandles(() => Promise.resolve());
  expect((await handlesLeftBy(() => undefined)).length === 0, "no handle");

  const expectation: LeakMatchers = expectMake(open).not;
  await expectation.toBeCollected({ timeout: 0 });
  const answer = await jestMatchers.toLeaveNoHandles.call({}, () => undefined);
  expect(answer.pass, "a matcher for expect.extend");

  const empty = await HeapGraph.read(none()).catch((each: unknown) => each);
  expect(empty instanceof HeapSnapshotError, "an error for a file without a snapshot");
}

async function* none(): AsyncGenerator<string> {
  yield "{}";
}

export const done: Promise<void> = main();

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
