import { build } from "vite";

const [input, name] = process.argv.slice(2);
await build({
  configFile: false,
  build: {
    outDir: "vite-out",
    emptyOutDir: false,
    rollupOptions: { input, output: { entryFileNames: name, format: "cjs" } },
  },
});
