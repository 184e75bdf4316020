import { libraries } from "./programs/planted/libraries.ts";
import { testExplained, testPlanted } from "./programs/run-planted.ts";

testPlanted("published libraries", libraries);
for (const program of libraries) testExplained(program);
