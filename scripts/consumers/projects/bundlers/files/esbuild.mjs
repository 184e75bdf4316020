import { build } from "esbuild";

const [entry, outfile] = process.argv.slice(2);
await build({ entryPoints: [entry], bundle: true, minify: true, platform: "browser", outfile });
