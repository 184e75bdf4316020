import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** An import of a user, and the bytes that it may add to a page, minified and gzipped. */
const budgets: readonly {
  readonly code: string;
  readonly maxBytes: number;
  /** Whether the package needs Node, whose modules are not counted. */
  readonly isForNode?: boolean;
}[] = [
  { code: 'export { assertCollected } from "@heapwise/leaks";', maxBytes: 59_392 },
  { code: 'export { assertNoHandles } from "@heapwise/leaks";', maxBytes: 60_352 },
  { code: 'export { HeapGraph } from "@heapwise/leaks/snapshot";', maxBytes: 55_808 },
  { code: 'export { LRUCache } from "@heapwise/lru";', maxBytes: 35_072 },
  { code: 'export { LRUCache } from "@heapwise/lru/core";', maxBytes: 8256 },
  { code: 'export { ModuleHost } from "@heapwise/modules";', maxBytes: 102_400, isForNode: true },
  { code: 'export { ObjectPool } from "@heapwise/pool";', maxBytes: 4480 },
  { code: 'export { BufferPool } from "@heapwise/pool";', maxBytes: 5632 },
  { code: 'export { ResourcePool } from "@heapwise/pool";', maxBytes: 19_456 },
  { code: 'export { sizeOf } from "@heapwise/sizeof";', maxBytes: 8512 },
  { code: 'export { WeakCache } from "@heapwise/weak";', maxBytes: 40_896 },
  { code: 'export { finalize } from "@heapwise/weak";', maxBytes: 1536 },
];

for (const { code, maxBytes, isForNode = false } of budgets) {
  // The packages are bundled from `dist`, as users get them.
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: resolve(import.meta.dirname, "..") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: isForNode ? "node" : "neutral",
    target: "es2022",
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array();
  const bytes = gzipSync(bundle, { level: 9 }).byteLength;
  const verdict = bytes > maxBytes ? "too large" : "fine";
  console.log(
    `size: ${code} ${bundle.byteLength} bytes, ${bytes} gzipped of ${maxBytes}: ${verdict}`,
  );
  if (bytes > maxBytes || bundle.byteLength === 0) process.exitCode = 1;
}
