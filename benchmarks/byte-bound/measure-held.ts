import { answerTask } from "../fresh-process.ts";
import { settledBytes } from "../memory/settled-bytes.ts";
import { hold, type Held } from "./hold.ts";
import { kindOf } from "./kinds/catalogue.ts";

/** A kind of entries, and the bound of the cache in bytes. */
export interface HeldTask {
  readonly kind: string;
  readonly maxBytes: number;
}

answerTask(({ kind, maxBytes }: HeldTask): Promise<Held> =>
  hold(kindOf(kind), maxBytes, settledBytes),
);
