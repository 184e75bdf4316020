import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transformSync } from "esbuild";

/**
 * Prints the bytes that each source file adds to `import { LRUCache } from "@heapwise/lru"`,
 * minified and gzipped: the size with the file minus the size without it. The sum of the parts is
 * less than the whole, because repeated text compresses well.
 */
const rooms: readonly (readonly [string, RegExp])[] = [
  ["sizes", /sizeof\//],
  ["byte sizing with sizes", /sizeof\/|lru\/src\/bytes\//],
  ["loading", /lru\/src\/loading\//],
  ["expiry", /lru\/src\/expiry\//],
  ["index, store, policy", /lru\/src\/(index|store|policy)\//],
  ["byte sizing, loading and expiry", /sizeof\/|lru\/src\/(bytes|loading|expiry)\//],
];

const root = resolve(import.meta.dirname, "..");
const { outputFiles } = await build({
  stdin: { contents: 'export { LRUCache } from "@heapwise/lru";', resolveDir: root },
  absWorkingDir: root,
  bundle: true,
  conditions: ["@heapwise/source"],
  // White space is removed later: esbuild's comments in it name the file of the code that follows.
  minifySyntax: true,
  minifyIdentifiers: true,
  write: false,
  format: "esm",
  platform: "neutral",
  target: "es2022",
});
const parts = outputFiles[0]!.text.split(/^(?=\/\/ packages\/)/m).map((code) => ({
  path: /^\/\/ packages\/(.*)$/m.exec(code)?.[1] ?? "exports",
  code: transformSync(code, { minifyWhitespace: true }).code,
}));
const sizeOf = (some: typeof parts): number =>
  gzipSync(some.map(({ code }) => code).join(""), { level: 9 }).byteLength;
const whole = sizeOf(parts);
const without = (leave: (path: string) => boolean): number =>
  whole - sizeOf(parts.filter(({ path }) => !leave(path)));

const rows = parts.map(({ path }) => ({ path, bytes: without((other) => other === path) }));
for (const { path, bytes } of rows.sort((a, b) => b.bytes - a.bytes)) {
  console.log(`${String(bytes).padStart(6)} ${path}`);
}
for (const [room, pattern] of rooms) {
  console.log(`${String(without((path) => pattern.test(path))).padStart(6)} ${room}`);
}
console.log(`${String(whole).padStart(6)} whole`);
