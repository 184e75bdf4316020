import { describe, expect, it } from "vitest";
import type { PageData } from "../../src/pictures/page-data.ts";
import { toHtml } from "../../src/pictures/to-html.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { leakView, SmallView } from "./small-view.ts";

/** What the page carries. */
function dataOf(page: string): PageData {
  const [, text] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(text!) as PageData;
}

const thousand = Array.from({ length: 1000 }, (_, at) => 100 + at * 10);

describe("toHtml", () => {
  it("is one page that loads nothing", () => {
    const page = toHtml(leakView(3), 100);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; /,
    );
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/(?:src|href)=/g)).toEqual(["href="]);
    expect(page).toContain('<link rel="icon" href="data:,">');
    // The size of a page without data; dagre has 47 kB of it.
    expect(page.length).toBeLessThan(90_000);
  });

  it("carries both ends of a path that is too long, and says how much lies between", () => {
    const ids = Array.from({ length: 5000 }, (_, at) => at + 1);
    const view = new SmallView(Object.fromEntries(ids.map((id) => [id, "Link"])), []);
    const steps = ids.map((id) => ({ edge: ".next", node: "Link", id }));
    view.path = { root: "global", steps };
    const { nodes, path } = dataOf(toHtml(view, 5000));
    expect(nodes).toHaveLength(1000);
    expect(path!.steps).toHaveLength(1001);
    expect(path!.steps[500]).toEqual({ edge: "…", text: "4000 more steps" });
    const shown = path!.steps.flatMap(({ index }) => (index === undefined ? [] : [index]));
    expect(shown.map((index) => nodes[index]!.id)).toEqual([
      ...ids.slice(0, 500),
      ...ids.slice(4500),
    ]);
    expect(path!.chain).toEqual(shown);
  });

  it("carries what is near the node in both directions, and the path from the root", () => {
    const { nodes, edges, path, subjects, given, omitted } = dataOf(toHtml(leakView(3), 100));
    expect(nodes[0]).toMatchObject({ id: 100, text: "Session", self: 56, retained: 12_345 });
    expect(nodes[0]).toMatchObject({ place: "file:///srv/app/src/session.ts:7:3" });
    expect(nodes[0]).toMatchObject({ referrers: 2, references: 2 });
    expect([subjects, given, omitted]).toEqual([1, 1, 0]);
    expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([2, 6, 101, 110, 121]));
    const array = nodes.findIndex(({ id }) => id === 6);
    expect(edges).toContainEqual({ from: array, to: 0, text: "[0]" });
    expect(path!.steps.map(({ index }) => nodes[index!]!.id)).toEqual([2, 3, 4, 5, 6, 100]);
    expect(nodes[array]!.parent).toEqual([0, "referrers"]);
  });

  it("carries the nodes that the steps of the path pass over", () => {
    const view = leakView(3);
    // As printed paths do, without the context of the closure and the table of the Map.
    const steps = view.path!.steps.filter(({ id }) => id !== 4 && id !== 6);
    view.path = { root: "module", steps };
    const { nodes, path } = dataOf(toHtml(view, 100, { depth: 0 }));
    expect(path!.steps).toHaveLength(4);
    expect(path!.chain.map((index) => nodes[index]!.id)).toEqual([2, 3, 4, 5, 6, 100]);
    view.path = { root: "module", steps: [{ edge: ".x", node: "WeakRef", id: 9 }, steps.at(-1)!] };
    const unlinked = dataOf(toHtml(view, 100, { depth: 0 }));
    expect(unlinked.path!.chain.map((index) => unlinked.nodes[index]!.id)).toEqual([9, 100]);
  });

  it("says how many neighbours it left out", () => {
    const { nodes, omitted } = dataOf(toHtml(leakView(400), 100, { maxNodes: 50 }));
    expect(nodes).toHaveLength(50);
    expect(omitted).toBeGreaterThan(300);
    expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([2, 3, 4, 5, 6, 101, 102]));
  });

  it("keeps to its limit with a thousand nodes, and leaves room for what is around them", () => {
    const { nodes, given, subjects } = dataOf(toHtml(leakView(1000), thousand));
    expect([given, subjects, nodes.length]).toEqual([1000, 500, 1500]);
    const ids = new Set(nodes.map(({ id }) => id));
    for (const id of [100, 101, 102, 103, 190, 191, 192]) expect(ids).toContain(id);
  });

  it("goes on without a path, and without ids in its steps", () => {
    const view = leakView(2);
    view.path = { root: "other", steps: [{ edge: ".x", node: "Session" }] };
    expect(dataOf(toHtml(view, 100)).path).toEqual({
      root: "other",
      chain: [],
      steps: [{ edge: ".x", text: "Session" }],
    });
    view.path = undefined;
    expect(dataOf(toHtml(view, 100)).path).toBeUndefined();
  });

  it("takes title, label and highlight, and the depth", () => {
    const page = toHtml(leakView(3), 100, {
      title: "Sessions & <friends>",
      depth: 0,
      label: ({ id }) => `node ${id}`,
      highlight: ({ type }) => type === "Map",
    });
    expect(page).toContain("<title>Sessions &amp; &lt;friends&gt;</title>");
    const { nodes } = dataOf(page);
    expect(nodes.map(({ text }) => text)).toEqual([100, 6, 5, 4, 3, 2].map((id) => `node ${id}`));
    expect(nodes.filter(({ isHighlighted }) => isHighlighted).map(({ id }) => id)).toEqual([5]);
  });

  it("lets no name out of its block", () => {
    const plain = toHtml(new SmallView({ 1: "A", 2: "B" }, [[2, 1]]), 1);
    const tags = (page: string): string[] =>
      page.replaceAll(/<bdi>.*?<\/bdi>/g, "").match(/<[^\s>]+/g)!;
    for (const name of HOSTILE_NAMES) {
      const location = { url: name, line: 1, column: 1 };
      const view = new SmallView({ 1: { type: name, name, kind: name, location }, 2: name }, [
        [2, 1, name],
        [1, 2, name, name],
      ]);
      view.path = { root: name, steps: [{ edge: name, node: name, location, id: 1 }] };
      for (const options of [{}, { title: name, label: () => name }]) {
        const page = toHtml(view, 1, options);
        expect(tags(page)).toEqual(tags(plain));
        expect(dataOf(page).nodes).toHaveLength(2);
        expect(page.length - plain.length).toBeLessThan(30_000);
        expect(page).not.toMatch(/[\p{Cs}\p{Cf}\u2028\u2029]|(?!\n)\p{Cc}/u);
      }
    }
  });

  it("refuses bad arguments at once", () => {
    const bad =
      (ids: unknown, options?: object): (() => string) =>
      () =>
        toHtml(leakView(1), ids as number, options as never);
    expect(bad([])).toThrow("Cannot draw page: ids is empty, expected at least one id");
    expect(bad(100, { maxNodes: 0 })).toThrow("maxNodes is 0, expected an integer from 1");
    expect(bad(100, { title: 7 })).toThrow("title is 7, expected a string");
    expect(bad(100, { direction: "referrers" })).toThrow('option "direction" is not known');
  });
});
