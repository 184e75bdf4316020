// ts-jest checks the types and runs the code.
import { expect, jest, test } from "@jest/globals";
import { done as lruDone } from "./typed/lru";
import { done as poolDone } from "./typed/pool";
import "./typed/sizeof";
import "./typed/weak";

jest.setTimeout(300_000);

test("the packages work as users call them", async () => {
  await lruDone;
  await poolDone;
  expect.assertions(0);
});
