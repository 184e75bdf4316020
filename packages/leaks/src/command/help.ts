import type { OptionTexts } from "./call.ts";
import { commands, type Command } from "./commands.ts";

const EXIT_CODES = [
  "Exit codes: 0 done; 1 something grew, with --fail-on-growth; 2 a call or a file is wrong.",
];

/** Options that all commands take. */
export const sharedOptions: OptionTexts = {
  json: { text: "print JSON" },
  help: { text: "print this" },
};

/** The help of one command, or of all if none is given. */
export function helpFor(name?: string, command?: Command): string[] {
  if (name !== undefined && command !== undefined) return helpOf(name, command);
  const summaries = Object.entries(commands).map(([each, { summary }]) => [each, summary] as const);
  return [
    "heapwise-leaks COMMAND ...: look into heap snapshots of Node and Chrome",
    "",
    ...listOf(summaries),
    "",
    "A FILE is a .heapsnapshot or .heapsnapshot.gz of any size, or - for the standard input.",
    "heapwise-leaks COMMAND --help lists the options, --version prints the version.",
    ...EXIT_CODES,
  ];
}

function helpOf(name: string, { words, summary, options, remarks = [] }: Command): string[] {
  const texts = Object.entries({ ...options, ...sharedOptions }).map(
    ([option, { value, text }]) =>
      [value === undefined ? `--${option}` : `--${option} ${value}`, text] as const,
  );
  return [
    `heapwise-leaks ${name} ${words}: ${summary}`,
    "",
    ...listOf(texts),
    "",
    ...remarks,
    ...EXIT_CODES,
  ];
}

function listOf(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
