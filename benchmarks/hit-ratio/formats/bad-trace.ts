/** A fault in the content of a trace. The code that reads the file adds its path. */
export class BadTrace extends Error {
  readonly found: string;
  readonly expected: string;

  constructor(found: string, expected: string, cause?: unknown) {
    super(`${found}, expected ${expected}`, cause === undefined ? undefined : { cause });
    this.found = found;
    this.expected = expected;
  }
}

/** A file of another kind, such as a picture. In a folder it is skipped. */
export class ForeignFile extends BadTrace {}

/** A file without a single key. In a folder it is skipped. */
export class NoKeys extends BadTrace {
  constructor(found = "no keys", expected = "at least one key") {
    super(found, expected);
  }
}

/** A number with its noun, as in `1,234 lines`. */
export function countOf(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : nouns}`;
}
