import { resolve } from "node:path";
import { keepArrows } from "./tidy/arrows.ts";
import { keepNoCircles } from "./tidy/circles.ts";
import { keepErrorCodes } from "./tidy/error-codes.ts";
import { keepFiles } from "./tidy/files.ts";
import { keepNoLeftovers } from "./tidy/leftovers.ts";
import { keepNoMachineTraces } from "./tidy/machine-traces.ts";
import { keepManifests } from "./tidy/manifests.ts";
import { keepPlainEnglish } from "./tidy/plain-english.ts";
import { keepPublicDocs } from "./tidy/public-docs.ts";
import { readTree } from "./tidy/tree.ts";

const root = resolve(import.meta.dirname, "..");
const tree = readTree(root);
const findings = [
  keepArrows,
  keepManifests,
  keepFiles,
  keepNoCircles,
  keepErrorCodes,
  keepNoLeftovers,
  keepPlainEnglish,
  keepPublicDocs,
  keepNoMachineTraces(root),
].flatMap((rule) => rule(tree));

for (const { path, message } of findings) console.error(`${path}: ${message}`);
console.log(`tidy: ${tree.paths.length} files, ${findings.length} findings`);
if (findings.length > 0) process.exitCode = 1;
