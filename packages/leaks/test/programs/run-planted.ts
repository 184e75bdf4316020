import { beforeAll, describe, expect, it } from "vitest";
import {
  assertCollected,
  LeakError,
  leakScope,
  track,
  type Leak,
  type LeakScope,
  type Probe,
} from "../../src/index.ts";
import { Leaked, type Planted } from "./planted/planted.ts";
import { LIMIT, REPEATS } from "./repeats.ts";

type Handle = WeakRef<WeakKey> | undefined;

/** What was found out about one run of a planted program. */
interface Outcome {
  readonly leak: Leak | undefined;
  /** Whether the object was collected after the program had let go of it. */
  readonly isFree: boolean;
}

/**
 * Plants all leaks of all themes at once, since a snapshot is expensive, and tests for each program
 * the verdict, the first path, and the verdict after the program has let go.
 */
export function testPlanted(themes: Readonly<Record<string, readonly Planted[]>>): void {
  const supported = Object.entries(themes).flatMap(([theme, programs]) =>
    programs.filter((program) => program.supported).map((program) => ({ ...program, theme })),
  );
  const outcomes = new Map(supported.map(({ name }) => [name, [] as Outcome[]]));
  // The outcomes are found by the names.
  if (outcomes.size < supported.length) throw new Error("Two planted programs have one name");

  describe("a planted leak", () => {
    beforeAll(async () => {
      for (let i = 0; i < REPEATS; i++) {
        for (const [name, outcome] of await observe(supported)) outcomes.get(name)!.push(outcome);
      }
    }, LIMIT);

    const title = "by $theme, $name: the path names the holder";
    it.for(supported)(title, ({ name, holder, roots }, { task }) => {
      const all = outcomes.get(name)!;
      const wrong = all.filter(({ leak, isFree }) => {
        const path = leak?.paths[0];
        const isNamed = path !== undefined && holder.test(String(path));
        return !isNamed || !roots.includes(path.root) || leak?.verdict !== "live" || !isFree;
      });
      Object.assign(task.meta, { runs: all.length, wrong: wrong.length });
      const { leak, isFree } = wrong[0] ?? all[0]!;
      expect.soft({ verdict: leak?.verdict, isFree }).toEqual({ verdict: "live", isFree: true });
      expect.soft(String(leak?.paths[0])).toMatch(holder);
      expect.soft(roots).toContain(leak?.paths[0]?.root);
    });
  });
}

/** The same as users do it: one probe that explains itself. */
export function testProbe({ name, plant, release, holder }: Planted): void {
  const hold = async (): Promise<{ probe: Probe; handle: Handle }> => {
    const leaked = new Leaked(name);
    return { probe: track(leaked, name), handle: await plant(leaked) };
  };

  it(`${name}: a probe explains it, and nothing after its release`, async () => {
    const { probe, handle } = await hold();
    expect(await probe.status()).toBe("live");
    const paths = await probe.explain({ paths: 3 });
    await release(handle);
    expect(String(paths[0])).toMatch(holder);
    expect(await probe.status()).toBe("collected");
    expect(await probe.explain()).toEqual([]);
  });
}

/** The same as users do it: one assertion that fails. */
export function testAssertion({ name, plant, release, holder }: Planted): void {
  it(`${name}: an assertion names the holder in at most 20 lines`, async () => {
    let handle: Handle;
    const make = async (): Promise<object> => {
      const leaked = new Leaked(name);
      handle = await plant(leaked);
      return leaked;
    };
    const error: unknown = await assertCollected(make).catch((thrown: unknown) => thrown);
    await release(handle);
    expect(error).toBeInstanceOf(LeakError);
    const { message, leaks } = error as LeakError;
    expect(message).toMatch(holder);
    expect(message.split("\n").length).toBeLessThanOrEqual(20);
    expect(leaks).toMatchObject([{ className: "Leaked", verdict: "live" }]);
  });
}

async function observe(programs: readonly Planted[]): Promise<Map<string, Outcome>> {
  const [held, released] = [leakScope(), leakScope()];
  const hold = ({ name, plant }: Planted): Promise<Handle> => {
    const leaked = new Leaked(name);
    held.track(leaked, name);
    released.track(leaked, name);
    return plant(leaked);
  };
  const handles: Handle[] = [];
  for (const program of programs) handles.push(await hold(program));
  const leaks = await leaksOf(held);
  for (const [i, program] of programs.entries()) await program.release(handles[i]);
  const left = await leaksOf(released);
  return new Map(
    programs.map(({ name }) => [name, { leak: leaks.get(name), isFree: !left.has(name) }]),
  );
}

/** Closes a scope. Returns the leaks that it finds, by their labels. */
async function leaksOf(scope: LeakScope): Promise<Map<string | undefined, Leak>> {
  try {
    await scope.close();
    return new Map();
  } catch (error) {
    if (!(error instanceof LeakError)) throw error;
    return new Map(error.leaks.map((leak) => [leak.label, leak]));
  }
}
