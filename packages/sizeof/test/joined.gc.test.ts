import v8 from "node:v8";
import { sizeOf } from "@heapwise/sizeof";
import { heldBytes } from "@heapwise/testkit";
import { expect, test } from "vitest";

// As on newer Node, it answers without reading the characters. `sizeOf` looks for it at its first
// call.
Object.assign(v8, { isStringOneByteRepresentation: () => true });

test("the parts of a text are joined when it is sized, even if the runtime knows how it is stored", async () => {
  const pieces = Array.from({ length: 60 }, (_, i) => `piece ${i} of a text`);
  const texts: { text: string }[] = [];
  const before = await heldBytes();
  for (let i = 0; i < 2_000; i++) {
    let text = `${i}`;
    for (const piece of pieces) text += piece;
    texts.push({ text });
  }
  const bytes = sizeOf(texts);
  const held = (await heldBytes()) - before;
  expect(held).toBeLessThan(1.2 * bytes);
  expect(held).toBeGreaterThan(0.8 * bytes);
});
