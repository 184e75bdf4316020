import { afterAll } from "vitest";
import { libraries, removeModules } from "./programs/planted/libraries.ts";
import { testAssertion, testPlanted } from "./programs/run-planted.ts";

afterAll(removeModules);
testPlanted({ "published libraries": libraries });
for (const program of libraries) testAssertion(program);
