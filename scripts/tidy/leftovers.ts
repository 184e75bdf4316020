import type { Finding, Rule } from "./tree.ts";

const leftovers: readonly (readonly [RegExp, string])[] = [
  [/\.(?:only|skip|todo|fails|skipIf|runIf)\b\s*(?:\(|\.each)/, "a test that is switched off"],
  [/(?<![#.\w])(?:xit|xdescribe|xtest|fit|fdescribe)\s*\(/, "a test that is switched off"],
  [/\bexpect\((?:true|1)\)\.toBe\((?:true|1)\)/, "a check that can't fail"],
  [/\b(?:TOD[O]|FIXM[E]|XX[X])\b/, "work left as a note"],
];

/** No test is switched off, and no work is left as a note in the code. */
export const keepNoLeftovers: Rule = (tree) => {
  const findings: Finding[] = [];
  for (const path of tree.paths.filter((each) => /\.(?:m?[jt]s|ya?ml)$/.test(each))) {
    for (const [index, line] of tree.read(path).split("\n").entries()) {
      for (const [pattern, what] of leftovers) {
        if (pattern.test(line)) findings.push({ path: `${path}:${index + 1}`, message: what });
      }
    }
  }
  return findings;
};
