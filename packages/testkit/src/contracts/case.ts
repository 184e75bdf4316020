import { describe, it } from "vitest";

/** One demand of a contract: its name, and code that throws if the demand is not met. */
export interface ContractCase<Subject> {
  readonly name: string;
  readonly run: (subject: Subject) => void;
}

/** Registers the cases as tests of one suite. */
export function describeCases<Subject>(
  title: string,
  cases: readonly ContractCase<Subject>[],
  subject: Subject,
): void {
  describe(title, () => {
    for (const { name, run } of cases) it(name, () => run(subject));
  });
}
