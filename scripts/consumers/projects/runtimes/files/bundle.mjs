import { build } from "esbuild";

await build({
  entryPoints: ["worker.mjs"],
  bundle: true,
  format: "esm",
  // Those of wrangler.
  conditions: ["workerd", "worker", "browser"],
  outfile: "bundle.js",
});
