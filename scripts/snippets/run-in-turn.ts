import { pathToFileURL } from "node:url";

// Runs the modules that are named on the command line in turn, in one process. The first failure
// ends it.
for (const path of process.argv.slice(2)) await import(pathToFileURL(path).href);
