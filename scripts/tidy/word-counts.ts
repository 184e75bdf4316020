import { commentsOf, withoutBlocks } from "./source-text.ts";
import type { Tree } from "./tree.ts";
import { isTest } from "./workspaces.ts";

/** A group of words, and how often it may, or must, occur in 10,000 words. */
export interface WordGroup {
  readonly name: string;
  readonly pattern: RegExp;
  readonly most?: number;
  readonly least?: number;
}

/** A kind of text with its words counted. */
export interface WordCount {
  readonly text: "comments" | "pages";
  readonly words: number;
  readonly groups: readonly (WordGroup & { readonly count: number; readonly rate: number })[];
}

const riddles: WordGroup = {
  name: "what is, has, it, the ...",
  pattern:
    /\b[Ww]hat (?:is|was|has|it|they|the|a|there|comes|came|left|leaves|waits|others|nobody)\b/g,
  most: 8,
};
const people: readonly WordGroup[] = [
  { name: "who, whoever", pattern: /\b[Ww]ho(?:ever)?\b/g, most: 4 },
  { name: "nobody, somebody", pattern: /\b(?:nobody|somebody|anybody)\b/gi, most: 4 },
];

/**
 * Words of plain English and words of riddles: peers have 40 to 129 "if" and at most 10 "where".
 */
const groupsOf: Readonly<Record<WordCount["text"], readonly WordGroup[]>> = {
  comments: [
    { name: "if", pattern: /\bif\b/gi, least: 40 },
    { name: "where", pattern: /\bwhere\b/gi, most: 10 },
    riddles,
    ...people,
  ],
  pages: [{ name: "where", pattern: /\bwhere\b/gi, most: 12 }, riddles, ...people],
};

const writtenByPrograms = /^docs\/benchmarks/;

/** Counts words in the comments of the packages' sources, and in READMEs and documents. */
export function countWords(tree: Tree): WordCount[] {
  const sources = tree.paths.filter(
    (path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !isTest(path),
  );
  const pages = tree.paths.filter(
    (path) =>
      /^docs\/.*\.md$|(?:^|\/)(?:README|CONTRIBUTING)\.md$/.test(path) &&
      !writtenByPrograms.test(path) &&
      !/\/(?:test|files)\//.test(path),
  );
  return [
    countIn(
      "comments",
      sources.flatMap((path) => commentsOf(tree.read(path)).map(textOf)),
    ),
    countIn(
      "pages",
      pages.map((path) => tree.read(path)),
    ),
  ];
}

function textOf({ text }: { readonly text: string }): string {
  return text;
}

function countIn(text: WordCount["text"], parts: readonly string[]): WordCount {
  const all = withoutBlocks(parts.join("\n"));
  const words = all.match(/[A-Za-z']+/g)?.length ?? 0;
  const groups = groupsOf[text].map((group) => {
    const count = all.match(group.pattern)?.length ?? 0;
    return { ...group, count, rate: (count / Math.max(1, words)) * 10_000 };
  });
  return { text, words, groups };
}
