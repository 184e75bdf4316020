import { styleText } from "node:util";
import type { AdviceParagraph } from "../suite.ts";

/** Breaks a text into lines of a terminal. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/**
 * Prints advice to the standard output. If the output is a pipe, each sentence stays on one line.
 */
export function printAdvice({ title, headline, reasons, code }: AdviceParagraph): void {
  const { isTTY, columns } = process.stdout;
  const bold = (text: string): string => (isTTY ? styleText("bold", text) : text);
  const fold = (text: string): string => (isTTY ? wrap(text, Math.min(columns, 100)) : text);
  const lines = [`Advice for ${title}`, headline].map((text) => bold(fold(text)));
  const block = code === undefined ? [] : ["", code.replace(/^(?=.)/gm, "  ")];
  process.stdout.write(`\n${[...lines, ...reasons.map(fold), ...block].join("\n")}\n`);
}
