import { THEMES } from "./planted/themes.ts";
import { variables } from "./planted/variables.ts";
import { waiting } from "./planted/waiting.ts";
import { testAssertion, testPlanted, testProbe } from "./run-planted.ts";

testPlanted(THEMES);
testProbe(variables[0]!);
testAssertion(waiting[0]!);
