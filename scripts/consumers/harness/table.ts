import type { Result, Results } from "./results.ts";

const START = "<!-- results of npm run test:consumers -->";
const END = "<!-- end of the results -->";

/** The results as rows. Set-ups with the same title and the same result share a row. */
export function tableOf(results: Results): string {
  const groups = new Map<string, [string, ...string[]]>();
  for (const [name, { title, remedy = "" }] of Object.entries(results)) {
    const key = JSON.stringify([title, remedy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  const rows = [...groups.values()].map((names) => rowOf(names.map((name) => results[name]!)));
  return [
    "| set-up | result | versions | run by | day |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function rowOf(results: readonly Result[]): string {
  const [{ title, remedy } = { title: "", remedy: "" }] = results;
  const tools = new Map<string, string[]>();
  for (const [tool, version] of results.flatMap((each) => Object.entries(each.tools))) {
    tools.set(tool, [...(tools.get(tool) ?? []), version]);
  }
  const versions = [...tools].map(([tool, all]) => `${tool} ${unique(all)}`).join("; ");
  const verdict = remedy === undefined ? "works" : `**fails**: ${remedy}`;
  const dates = results.map(({ date }) => date).sort();
  const runtimes = unique(results.map(({ runtime }) => runtime));
  return `| ${[title, verdict, versions, runtimes, dates[0]].join(" | ")} |`;
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join(", ");
}

/** A text with a new table between its markers. */
export function replaceTable(text: string, table: string): string {
  const [before, after] = aroundTable(text);
  return `${before}${START}\n\n${table}\n\n${END}${after}`;
}

/** @throws {Error} if the text does not have both markers once, in order. */
function aroundTable(text: string): [before: string, after: string] {
  const [before, rest, ...more] = text.split(START);
  const [, after, ...others] = (rest ?? "").split(END);
  if (more.length + others.length > 0 || after === undefined || before!.includes(END)) {
    throw new Error(`Cannot write table: expected "${START}" and then "${END}", once each`);
  }
  return [before!, after];
}
