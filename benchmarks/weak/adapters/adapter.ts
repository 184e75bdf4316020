/**
 * Writes an entry whose object is kept alive elsewhere. The object is the value if values are weak,
 * and the key if keys are.
 */
export type Write = (id: number, object: object) => void;

/** One cache under measurement. */
export interface WeakArm {
  readonly name: string;
  /** The part of an entry that is held weakly. */
  readonly weak: "values" | "keys" | "nothing";
  create(): Promise<Write>;
}
