import { afterEach, describe, expect, it } from "vitest";
import { GrowthReport, rowOf } from "../../src/growth/growth-report.ts";
import { Growth } from "../../src/growth/growth.ts";

class Session {
  readonly user = "ada";
}

const held: unknown[] = [];

afterEach(() => {
  held.length = 0;
});

function open(sessions: number): void {
  for (let i = 0; i < sessions; i++) held.push(new Session());
}

describe("Growth", () => {
  it("counts the classes that it is given at each mark", async () => {
    const growth = new Growth({ classes: [Session, WeakMap] });
    for (const label of ["idle", "busy", "busier"]) {
      await growth.mark(label);
      open(10);
    }
    const report = await growth.report();
    expect(report.marks).toEqual(["idle", "busy", "busier"]);
    expect(report.rows[0]).toEqual({
      type: "Session",
      counts: [0, 10, 20],
      bytes: [],
      slope: 10,
      verdict: "grows",
    });
    expect(report.rows[1]).toMatchObject({ type: "WeakMap", slope: 0, verdict: "steady" });
  });

  it("counts all types by snapshots, and not what it keeps itself", async () => {
    const growth = new Growth();
    await growth.mark();
    open(5);
    await growth.mark();
    open(5);
    await growth.mark();
    const { rows, marks } = await growth.report();
    expect(marks).toEqual(["1", "2", "3"]);
    const [first] = rows;
    expect(first).toMatchObject({ type: "Session", slope: 5, verdict: "grows" });
    expect(first!.counts).toEqual([0, 5, 10]);
    expect(first!.bytes[2]! - first!.bytes[1]!).toBe(first!.bytes[1]! - first!.bytes[0]!);
    expect(first!.bytes[1]).toBeGreaterThan(0);
    const ours = rows.filter(
      ({ type, slope }) => /Growth|Series|Float64|Heapwise/.test(type) && slope !== 0,
    );
    expect(ours).toEqual([]);
    const top = new Growth({ top: 3 });
    await top.mark();
    expect((await top.report()).rows).toHaveLength(3);
  });

  it("has an empty report before the first mark", async () => {
    const growth = new Growth({ classes: [Session] });
    const { rows, marks } = await growth.report();
    expect([rows, marks]).toEqual([
      [{ type: "Session", counts: [], bytes: [], slope: 0, verdict: "steady" }],
      [],
    ]);
  });

  it("refuses wrong arguments", async () => {
    expect(() => new Growth({ classes: [1] } as never)).toThrow("Class is 1, expected a class");
    expect(() => new Growth({ classes: Session } as never)).toThrow(TypeError);
    expect(() => new Growth({ classes: [] })).toThrow("classes is empty, expected at least one");
    expect(() => new Growth({ top: 0 })).toThrow(RangeError);
    expect(() => new Growth({ tops: 1 } as never)).toThrow('option "tops" is not known');
    await expect(new Growth({ classes: [Session] }).mark(1 as never)).rejects.toThrow("label is 1");
  });
});

describe("A report of growth", () => {
  it("is a table of the counts at each mark", () => {
    const rows = [
      rowOf("Session", [0, 12, 20], { bytes: [0, 1200, 2000] }),
      rowOf("(closure)", [900, 900, 899], { bytes: [9000, 9000, 8990] }),
    ];
    expect(String(new GrowthReport(rows, ["idle", "busy", "later"]))).toBe(
      [
        "1 of 2 types grow over 3 marks.",
        "type       idle  busy  later  per step  bytes  verdict",
        "Session       0    12     20       +10  +2000  grows",
        "(closure)   900   900    899      -0.5    -10  steady",
      ].join("\n"),
    );
  });

  it("prints each type in one line, whatever its name", () => {
    const report = new GrowthReport([rowOf("a\n\u001B[2J", [1, 2])], ["x\n", "y"]);
    expect(String(report).split("\n")).toHaveLength(3);
    expect(String(report)).not.toContain("\u001B");
  });

  it("judges counts without what is bounded, for each of several iterations", () => {
    const row = rowOf("Entry", [0, 21, 42, 63], { step: 7, bound: [0, 14, 28, 42] });
    expect(row).toMatchObject({ slope: 1, verdict: "grows", bound: [0, 14, 28, 42] });
    expect(rowOf("Entry", [0, 19, 38, 57], { step: 7, bound: [0, 14, 28, 42] }).verdict).toBe(
      "steady",
    );
  });
});
