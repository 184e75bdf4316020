import { resolve } from "node:path";
import { readTree } from "./tree.ts";
import { countWords } from "./word-counts.ts";

// Prints how often the words of `word-counts.ts` occur in 10,000 words, and their limits.
for (const { text, words, groups } of countWords(readTree(resolve(import.meta.dirname, "../..")))) {
  console.log(`${text}: ${words} words`);
  console.table(
    Object.fromEntries(
      groups.map(({ name, count, rate, most, least }) => [
        name,
        {
          count,
          "per 10,000": Number(rate.toFixed(1)),
          limit: most === undefined ? `at least ${least}` : `at most ${most}`,
        },
      ]),
    ),
  );
}
