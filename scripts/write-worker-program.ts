import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeWorkerProgram, WORKER_PROGRAM } from "./packaging/worker-program.ts";

const root = resolve(import.meta.dirname, "..");
writeFileSync(join(root, WORKER_PROGRAM), await makeWorkerProgram(root));
