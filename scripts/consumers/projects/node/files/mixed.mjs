// A program that imports our packages, and has dependencies that require them.
import * as lru from "@heapwise/lru";
import * as core from "@heapwise/lru/core";
import * as memoize from "@heapwise/lru/memoize";
import * as policies from "@heapwise/lru/policies";
import * as pool from "@heapwise/pool";
import * as sizeof from "@heapwise/sizeof";
import * as weak from "@heapwise/weak";
import required from "./required.cjs";

const imported = { lru, core, memoize, policies, pool, sizeof, weak };
let count = 0;
for (const [entry, ours] of Object.entries(imported)) {
  for (const [name, value] of Object.entries(ours)) {
    if (name === "default" || name === "module.exports") continue;
    if (required[entry][name] !== value) throw new Error(`two copies of ${name} in ${entry}`);
    count += 1;
  }
}
console.log(`one copy of ${count} exports`);
