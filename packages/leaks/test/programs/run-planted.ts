import { beforeAll, describe, expect, it } from "vitest";
import { HeapGraph } from "../../src/snapshot.ts";
import { assertCollected, LeakError, track, type Probe } from "../../src/index.ts";
import type { RetainingPath } from "../../src/paths/retaining-path.ts";
import { Leaked, type Planted } from "./planted/planted.ts";
import { REPEATS } from "./repeats.ts";

/** What was found out about one run of a planted program. */
interface Outcome {
  readonly verdict: string;
  readonly path: RetainingPath | undefined;
  readonly verdictAfterRelease: string;
}

interface Held {
  readonly program: Planted;
  readonly probe: Probe;
  readonly handle: WeakRef<WeakKey> | undefined;
}

/**
 * Plants all leaks of a theme at once, since a snapshot is expensive, and tests for each program
 * the verdict, the printed path, and the verdict after the program has let go.
 */
export function testPlanted(theme: string, programs: readonly Planted[]): void {
  describe(`leaks by ${theme}`, () => {
    const supported = programs.filter((program) => program.supported);
    const outcomes = new Map(supported.map(({ name }) => [name, [] as Outcome[]]));

    beforeAll(async () => {
      for (let i = 0; i < REPEATS; i++) {
        for (const [name, outcome] of await observe(supported)) outcomes.get(name)!.push(outcome);
      }
    });

    it.each(supported)("$name: the path names the holder", ({ name, holder, roots }, context) => {
      const all = outcomes.get(name)!;
      const wrong = all.filter(({ verdict, path, verdictAfterRelease }) => {
        const named = path !== undefined && holder.test(String(path)) && roots.includes(path.root);
        return !named || verdict !== "live" || verdictAfterRelease !== "collected";
      });
      Object.assign(context.task.meta, { runs: all.length, wrong: wrong.length });
      const { verdict, path, verdictAfterRelease } = wrong[0] ?? all[0]!;
      expect.soft({ verdict, verdictAfterRelease }).toEqual({
        verdict: "live",
        verdictAfterRelease: "collected",
      });
      expect.soft(String(path)).toMatch(holder);
      expect.soft(roots).toContain(path?.root);
    });
  });
}

/** The same as users do it: one probe that explains itself, and one assertion that fails. */
export function testExplained({ name, plant, release, holder }: Planted): void {
  it(`${name}: a probe explains it`, async () => {
    const { probe, handle } = await hold({ name, plant });
    const paths = await probe.explain({ paths: 3 });
    await release(handle);
    expect(paths.map(String).join("\n")).toMatch(holder);
    expect(await probe.status()).toBe("collected");
    expect(await probe.explain()).toEqual([]);
  });

  it(`${name}: an assertion names the holder in at most 20 lines`, async () => {
    let handle: WeakRef<WeakKey> | undefined;
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
  const all: Held[] = [];
  for (const program of programs) all.push({ program, ...(await hold(program)) });
  const verdicts = await statuses(all);
  const paths = await pathsOfLeaks();
  for (const { program, handle } of all) await program.release(handle);
  const verdictsAfterRelease = await statuses(all);
  return new Map(
    programs.map(({ name }, i) => [
      name,
      {
        verdict: verdicts[i]!,
        path: paths.get(name),
        verdictAfterRelease: verdictsAfterRelease[i]!,
      },
    ]),
  );
}

async function hold({
  name,
  plant,
}: Pick<Planted, "name" | "plant">): Promise<Omit<Held, "program">> {
  const leaked = new Leaked(name);
  const probe = track(leaked, name);
  return { probe, handle: await plant(leaked) };
}

async function statuses(all: readonly Held[]): Promise<string[]> {
  const found = [];
  for (const { probe } of all) found.push(await probe.status());
  return found;
}

/** The path of each leaked object that lives, by the name of its program. */
async function pathsOfLeaks(): Promise<Map<string, RetainingPath | undefined>> {
  const graph = await HeapGraph.capture();
  return new Map(
    graph.byType("Leaked").map((id) => {
      const name = graph.references(id).find((edge) => edge.name === "program");
      return [name ? graph.node(name.to).name : "", graph.retainingPath(id)];
    }),
  );
}
