import { parseArgs } from "node:util";
import { mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import { printCount } from "./table.ts";

/** The options that a command takes, with what stands for their value in its help. */
export type OptionTexts = Readonly<
  Record<string, { readonly value?: string; readonly text: string }>
>;

/**
 * The arguments of a call: words and options. All options are checked here for their names, and by
 * the methods for their values.
 */
export class Call {
  readonly words: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | undefined>>;

  /** @throws {Error} if an option is not among `options`, or has no value but needs one. */
  constructor(args: readonly string[], options: OptionTexts) {
    const known = Object.fromEntries(
      Object.entries(options).map(
        ([name, { value }]) =>
          [name, { type: value === undefined ? "boolean" : "string" }] as const,
      ),
    );
    const { positionals, tokens, values } = parseArgs({
      args: [...args],
      options: known,
      allowPositionals: true,
      strict: false,
      tokens: true,
    });
    for (const token of tokens) {
      if (token.kind === "option") checkOption(token, options);
    }
    this.words = positionals;
    this.#values = values as Readonly<Record<string, string | boolean | undefined>>;
  }

  /** Whether an option without a value is given. */
  has(name: string): boolean {
    return this.#values[name] === true;
  }

  /** The text of an option. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The text of an option that is one of some. */
  oneOf<Text extends string>(name: string, allowed: readonly Text[]): Text | undefined {
    const value = this.text(name);
    if (value === undefined || allowed.includes(value as Text)) return value as Text | undefined;
    throw mistake(`Cannot use --${name} ${value}: expected ${allowed.join(" or ")}`);
  }

  /** The integer of an option, which is `least` or more. */
  integer(name: string, least: number): number | undefined {
    return this.#number(
      name,
      `an integer from ${printCount(least)}`,
      (value) => Number.isSafeInteger(value) && value >= least,
    );
  }

  /** The number of an option, which is above 0, and `most` or less. */
  positive(name: string, most: number): number | undefined {
    const wanted = `a number above 0, up to ${printCount(most)}`;
    return this.#number(name, wanted, (value) => value > 0 && value <= most);
  }

  #number(name: string, wanted: string, isRight: (value: number) => boolean): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? NaN : Number(text);
    if (isRight(value)) return value;
    throw mistake(`Cannot use --${name} ${JSON.stringify(text)}: expected ${wanted}`);
  }
}

function checkOption(
  { name, rawName, value }: { name: string; rawName: string; value: string | undefined },
  options: OptionTexts,
): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined || !rawName.startsWith("--")) {
    const near = nearest(name, Object.keys(options));
    const wanted = near === undefined ? "one that --help lists" : `--${near}`;
    throw mistake(`Cannot use ${rawName}: there is no such option, expected ${wanted}`);
  }
  if (option.value === undefined && value !== undefined) {
    throw mistake(`Cannot use ${rawName}=${value}: expected ${rawName} without a value`);
  }
  if (option.value !== undefined && value === undefined) {
    throw mistake(`Cannot use ${rawName}: it has no value, expected ${option.value}`);
  }
}
