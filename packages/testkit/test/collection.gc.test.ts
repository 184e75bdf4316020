import { expect, it } from "vitest";
import { gcUntil, heldBytes } from "../src/index.ts";

it("gcUntil collects a dropped object, but not an object that is held", async () => {
  const held = { name: "held" };
  const kept = new WeakRef(held);
  const dropped = (() => new WeakRef({ name: "dropped" }))();

  expect(await gcUntil(() => dropped.deref() === undefined)).toBe(true);
  expect(await gcUntil(() => kept.deref() === undefined, { tries: 3 })).toBe(false);
  expect(held.name).toBe("held");
});

it("heldBytes counts a megabyte in the heap and outside until it is dropped", async () => {
  const before = await heldBytes();
  let numbers: unknown[] | undefined = Array.from({ length: 2 ** 17 }, (_, i) => i + 0.5);
  let bytes: Uint8Array | undefined = new Uint8Array(2 ** 20);
  const during = await heldBytes();
  expect(during - before).toBeGreaterThan(2 ** 21 * 0.9);
  expect(numbers.length + bytes.length).toBe(2 ** 17 + 2 ** 20);

  numbers = undefined;
  bytes = undefined;
  const after = await heldBytes();
  expect(after - before).toBeLessThan(2 ** 19);
});
