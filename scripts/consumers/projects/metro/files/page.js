import { run } from "./smoke";

run().then(console.log);
