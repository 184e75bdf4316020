/** The object that a clean program uses and drops. */
export class Dropped {
  readonly values: number[] = [3, 1, 2];
  readonly text = "some text of a dropped object";
  link: unknown;
}

/** A program that keeps nothing: it returns the object that it used. */
export interface Clean {
  readonly name: string;
  /** Whether the program also runs in a series, after which no class may have grown. */
  readonly steady?: boolean;
  use(dropped: Dropped): unknown;
}
