import { heldBytes } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { hold } from "./hold.ts";
import { faultsOf } from "./judge.ts";
import { KINDS } from "./kinds/catalogue.ts";

// Less than the 32 MB of `npm run held-heap`, and a third of its kinds, so that it takes a minute.
const MAX_BYTES = 8e6;
const SOME = KINDS.filter((_kind, i) => i % 3 === 0);

test.each(SOME.map((kind) => [kind.name, kind] as const))(
  "a cache of %s holds its bound",
  async (_name, kind) => {
    const held = await hold(kind, MAX_BYTES, heldBytes);
    expect(faultsOf(kind, held, MAX_BYTES)).toEqual([]);
  },
);
