import { commentsOf, withoutBlocks } from "./source-text.ts";
import type { Finding, Rule } from "./tree.ts";
import { countWords } from "./word-counts.ts";

const maxColumns = 100;
/** Below that many words, one word more or less decides: a rate says nothing. */
const fewWords = 5000;

/** Idioms that a reader has to guess, and what to write in their place. */
const idioms: readonly (readonly [RegExp, string])[] = [
  [/\bwhere there (?:is|are) (?:none|no)\b/i, "if there is none"],
  [/\bwhat is (?:no|none|there)\b/i, "the noun of the thing"],
  [/\bthat (?:is|are) none\b/i, "if it is invalid"],
  [/\b(?:for|of) (?:what|those) (?:is|are) no\b/i, "if it is not a ..."],
  [/\bno use of (?:it|them|the entr)/i, "does not count as a use"],
  [/\bhears? of\b/i, "called with"],
  [/\banew\b/i, "again"],
  [/\bfor ever\b/i, "forever"],
  [/\bof late\b/i, "recently"],
  [/\bdear(?:er|est)?\b/i, "expensive"],
  [/\bit is as if\b/i, "the effect"],
  [/\bwhat (?:comes|came|leaves|left|waits)\b/i, "the noun of the thing"],
  [/\b(?:who|whoever) (?:asks|waits|has it|holds it)\b/i, "caller, waiter, holder"],
];

const page = /^(?:[^/]+|docs\/.*|\.changeset\/.*|packages\/[^/]+\/README|examples\/README)\.md$/;
/** The page that quotes the idioms. */
const stylePage = "docs/style.md";

/**
 * Comments and documents are in plain English: none of the idioms above, lines of comments that fit
 * beside code, and the words of riddles no more often than other projects have them.
 */
export const keepPlainEnglish: Rule = (tree) => {
  const findings: Finding[] = [];
  const search = (path: string, text: string, first: number): void => {
    for (const [index, line] of text.split("\n").entries()) {
      for (const [idiom, better] of idioms) {
        const found = idiom.exec(line)?.[0];
        if (found === undefined) continue;
        findings.push({
          path: `${path}:${first + index}`,
          message: `"${found}" is a riddle, expected ${better}`,
        });
      }
    }
  };
  for (const path of tree.paths) {
    if (page.test(path) && path !== stylePage) search(path, withoutBlocks(tree.read(path)), 1);
    if (!/\.m?ts$/.test(path)) continue;
    for (const { text, line } of commentsOf(tree.read(path))) search(path, text, line);
    for (const [index, line] of tree.read(path).split("\n").entries()) {
      if (line.length > maxColumns && /^\s*(?:\/[/*]|\*)/.test(line) && !/\/\/\S*$/.test(line)) {
        findings.push({
          path: `${path}:${index + 1}`,
          message: `a comment of ${line.length} columns, expected at most ${maxColumns}`,
        });
      }
    }
  }
  return [...findings, ...countFindings(tree)];
};

const countFindings: Rule = (tree) =>
  countWords(tree)
    .filter(({ words }) => words >= fewWords)
    .flatMap(({ text, groups }) =>
      groups.flatMap(({ name, rate, most = Infinity, least = 0 }) => {
        if (rate <= most && rate >= least) return [];
        const wanted = rate > most ? `at most ${most}` : `at least ${least}`;
        const message = `"${name}" ${rate.toFixed(1)} times in 10,000 words, expected ${wanted}`;
        return [{ path: text, message }];
      }),
    );
