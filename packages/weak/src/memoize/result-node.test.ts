import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { ABSENT, ResultNode } from "./result-node.ts";

it.each([1, 2, 5, 63, 64, 65, 66, 100, 300])(
  "A node keeps the %i most recently used results",
  (max) => {
    const random = randomStream(announceSeed());
    const node = new ResultNode();
    /** The keys are in the order of use. */
    const model = new Map<unknown, unknown>();
    const use = (key: unknown, result: unknown): void => {
      model.delete(key);
      model.set(key, result);
    };
    let made = 0;
    for (let i = 0; i < 30 * max + 300; i++) {
      const at = random();
      const key = `key ${Math.floor(random() * random() * (max + 2) * 1.5)}`;
      const expected = model.has(key) ? model.get(key) : ABSENT;
      if (at < 0.05) {
        const wrong = random() < 0.5;
        node.forget(key, wrong ? -1 : expected);
        if (!wrong) model.delete(key);
        continue;
      }
      expect(node.find(key)).toBe(expected);
      if (model.has(key)) use(key, expected);
      // Sometimes over an existing result, as a call does that calls itself.
      if (expected === ABSENT || at > 0.9) {
        const result = made % 7 === 0 ? undefined : made;
        made++;
        node.store(key, result, max);
        use(key, result);
        if (model.size > max) model.delete(model.keys().next().value);
      }
    }
    for (const [key, result] of model) expect(node.find(key)).toBe(result);
    for (let i = 0; i < 2 * max + 10; i++) {
      const key = `key ${i}`;
      expect(node.find(key) !== ABSENT).toBe(model.has(key));
    }
  },
);

it("A result may be undefined", () => {
  const node = new ResultNode();
  expect([node.find(ABSENT), node.find("a")]).toEqual([ABSENT, ABSENT]);
  node.store(ABSENT, undefined, 3);
  node.store("a", undefined, 3);
  expect([node.find(ABSENT), node.find("a")]).toEqual([undefined, undefined]);
  node.forget(ABSENT, undefined);
  node.forget("a", undefined);
  expect([node.find(ABSENT), node.find("a")]).toEqual([ABSENT, ABSENT]);
});
