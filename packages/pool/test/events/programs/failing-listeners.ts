import { KeyedPool, ResourcePool } from "@heapwise/pool";

const seen: string[] = [];
process.on("uncaughtException", (error: Error, origin) => {
  seen.push(`${origin}: ${error.message}`);
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Lends and takes back once, and prints what was uncaught meanwhile. */
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
await report("nobody listens to error", unheard);

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
const told: string[] = [];
heard.on("create", () => Promise.reject(new Error("mine")));
heard.on("error", ({ operation, error }, key) => {
  told.push(`${String(key)} ${operation} ${(error as Error).message}`);
});
await heard.use("a", () => undefined);
await settled();
console.log(`told: ${told.join(", ")}; uncaught: ${seen.length}`);
