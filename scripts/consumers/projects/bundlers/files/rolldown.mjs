import { rolldown } from "rolldown";

const [input, file] = process.argv.slice(2);
const bundle = await rolldown({ input, platform: "browser" });
await bundle.write({ file, format: "cjs" });
