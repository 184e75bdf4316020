import type { PageData } from "../src/pictures/page-data.ts";
import { byId } from "./elements.ts";
import { Explorer } from "./explorer.ts";
import { GraphState } from "./graph-state.ts";

const data = JSON.parse(byId("data").textContent!) as PageData;
new Explorer(new GraphState(data)).start();
