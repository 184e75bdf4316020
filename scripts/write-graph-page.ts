import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GRAPH_PAGE, makeGraphPage } from "./packaging/graph-page.ts";

const root = resolve(import.meta.dirname, "..");
writeFileSync(join(root, GRAPH_PAGE), await makeGraphPage(root));
