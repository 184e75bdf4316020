import { done as lruDone } from "./consumers/lru";
import { done as poolDone } from "./consumers/pool";
import "./consumers/sizeof";
import "./consumers/weak";

declare function it(title: string, test: () => Promise<void>): void;

it("uses the packages like a user", async () => {
  await lruDone;
  await poolDone;
});
