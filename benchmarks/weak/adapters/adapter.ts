/** Writes an entry whose object is held by others: the value where values are weak, the key where keys are. */
export type Write = (id: number, object: object) => void;

/** One cache under measurement. */
export interface WeakArm {
  readonly name: string;
  /** What of an entry is held weakly. */
  readonly weak: "values" | "keys" | "nothing";
  create(): Promise<Write>;
}
