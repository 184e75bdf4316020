// Uses each assertion on clean code and on a planted leak, and prints what they say.
import {
  assertCollected,
  assertNoGrowth,
  collectGarbage,
  countInstances,
  leakScope,
  track,
  type LeakError,
} from "../../src/index.ts";

class Session {
  readonly user = "ada";
}

const shared = globalThis as { heldByProgram?: unknown[]; gc?: unknown };
const held: unknown[] = (shared.heldByProgram = []);

function hold<Held>(object: Held): Held {
  held.push(object);
  return object;
}

/** The first line of the error, and whether a path names the holder. */
async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error = (await failing.catch((reason: unknown) => reason)) as LeakError;
  const names = error.leaks.map(({ className }) => className).join();
  return `${error.code} ${names} ${error.message.includes("heldByProgram")}`;
}

async function run(): Promise<string[]> {
  const had = "gc" in globalThis;
  const lines: string[] = [];
  const { via } = await collectGarbage();
  const last = await collectGarbage({ strength: "last-resort" });
  lines.push(`collectGarbage: ${via} ${last.via}`);
  await assertCollected(() => new Session(), { allow: "plain" });
  await assertCollected(async () => ({ session: new Session() }), { allow: "plain" });
  lines.push(`assertCollected: ${await messageOf(assertCollected(() => hold(new Session())))}`);
  lines.push(`countInstances: ${countInstances(Session)}`);
  const plant = (): ReturnType<typeof track> => track(new Session());
  lines.push(`track: ${await plant().status()} ${await track(held).status()}`);
  await assertNoGrowth(() => new Session());
  lines.push(`assertNoGrowth: ${await messageOf(assertNoGrowth(() => hold(new Session())))}`);
  const scope = leakScope();
  const serve = (): void => void hold(scope.track(new Session()));
  serve();
  lines.push(`leakScope: ${await messageOf(scope.close())}`);
  if (had !== "gc" in globalThis) lines.push("a global gc was left behind");
  return lines;
}

console.log((await run()).join("\n"));
