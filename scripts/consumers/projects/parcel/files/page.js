import { run } from "./smoke.js";

run().then(console.log);
