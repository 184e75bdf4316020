import { KeyedPool, ResourcePool } from "@heapwise/pool";

const seen: string[] = [];
process.on("uncaughtException", (error: Error, origin) => {
  seen.push(`${origin}: ${error.message}`);
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Lends and takes back once, and prints the uncaught errors of that time. */
async function report(name: string, pool: ResourcePool<object>): Promise<void> {
  await pool.use(() => undefined);
  await settled();
  await settled();
  console.log(`${name}: ${seen.splice(0).join(", ") || "nothing"}`);
}

const create = (): object => ({});

const unheard = new ResourcePool({ create, max: 1 });
unheard.on("create", async () => {
  throw new Error("async");
});
unheard.on("create", () => {
  throw new Error("sync");
});
await report("no listener for error", unheard);

const failing = new ResourcePool({ create, max: 1 });
let errors = 0;
failing.on("create", () => Promise.reject(new Error("first")));
failing.on("error", async ({ error }) => {
  errors++;
  throw new Error(`error listener, ${(error as Error).message}`);
});
await report("the error listener rejects", failing);
console.log(`errors: ${errors}`);

const heard = new KeyedPool({ create, max: 1 });
const reported: string[] = [];
heard.on("create", () => Promise.reject(new Error("mine")));
heard.on("error", ({ operation, error }, key) => {
  reported.push(`${String(key)} ${operation} ${(error as Error).message}`);
});
await heard.use("a", () => undefined);
await settled();
console.log(`heard: ${reported.join(", ")}; uncaught: ${seen.length}`);
