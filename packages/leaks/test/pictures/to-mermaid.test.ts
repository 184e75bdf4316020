import { describe, expect, it } from "vitest";
import { describeEdge, describeNode } from "../../src/pictures/shown-text.ts";
import { toMermaid } from "../../src/pictures/to-mermaid.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { leakView, SmallView } from "./small-view.ts";

const TEXT = String.raw`"((?:[\p{L}\p{N}\p{M} ,.()[\]@/_=!?*+'~…-]|#\d+;|<br/>)*)"`;
const NODE = new RegExp(`^  (n\\d+|more\\d+)\\(?\\[${TEXT}\\]\\)?(?::::(\\w+))?$`, "u");
const EDGE = new RegExp(`^  (n\\d+) (-->|-\\.->)\\|${TEXT}\\| (n\\d+)$`, "u");
const REST = /^ {2}(more\d+|n\d+) -\.- (more\d+|n\d+)$/;
const CLASS = /^ {2}classDef \w+ [\w:#,-]+$/;

/** The lines of a flowchart by what they are. Throws if there is any other line. */
function parse(text: string): { nodes: Map<string, string>; edges: [string, string, string][] } {
  const [head, ...lines] = text.trimEnd().split("\n");
  expect(head).toBe("flowchart TB");
  const nodes = new Map<string, string>();
  const edges: [string, string, string][] = [];
  for (const line of lines) {
    const node = NODE.exec(line);
    const edge = EDGE.exec(line);
    if (node !== null) nodes.set(node[1]!, shown(node[2]!));
    else if (edge !== null) edges.push([edge[1]!, edge[4]!, shown(edge[3]!)]);
    else if (!REST.test(line) && !CLASS.test(line)) throw new Error(`Cannot parse ${line}`);
  }
  return { nodes, edges };
}

function shown(text: string): string {
  return text
    .replaceAll("<br/>", "\n")
    .replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe("toMermaid", () => {
  it("draws what keeps a node alive", () => {
    const text = toMermaid(leakView(3), 100, { highlight: ({ type }) => type === "Map" });
    const { nodes, edges } = parse(text);
    expect(nodes.get("n100")).toBe("Session\n@100, 56 B, retains 12.3 kB");
    expect(edges).toContainEqual(["n6", "n100", "[0]"]);
    expect(edges).toContainEqual(["n5", "n6", "(table)"]);
    expect(text).toMatch(/^ {2}n100\[.*:::subject$/m);
    expect(text).toMatch(/^ {2}n5\[.*:::highlight$/m);
  });

  it("draws what a node keeps alive, and counts the neighbours that are too many", () => {
    const options = { direction: "references", tooMany: 2, depth: 1 } as const;
    const { nodes, edges } = parse(toMermaid(leakView(40), 6, options));
    expect([...nodes.keys()]).toEqual(["n6", "n490", "n480", "more6"]);
    expect(nodes.get("more6")).toBe("and 38 more");
    expect(edges).toHaveLength(2);
  });

  it("lets no name out of its quotes", () => {
    for (const name of HOSTILE_NAMES) {
      const view = new SmallView({ 1: { type: name, name, kind: "closure" }, 2: "B" }, [
        [2, 1, name],
      ]);
      const text = toMermaid(view, 1);
      const { nodes, edges } = parse(text);
      expect(nodes.size).toBe(2);
      expect(nodes.get("n1")!.split("\n")[0]).toBe(describeNode(view.node(1)));
      expect(edges).toEqual([["n2", "n1", describeEdge({ kind: "property", name })]]);
      expect(text.length).toBeLessThan(4000);
    }
  });

  it("names itself in errors", () => {
    expect(() => toMermaid(leakView(1), [])).toThrow("Cannot draw Mermaid: ids is empty");
  });
});
