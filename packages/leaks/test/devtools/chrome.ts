import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { build, type Plugin } from "esbuild";

/** What Chrome DevTools finds in a heap snapshot. Node and edge `i` are those of the file. */
export interface ChromeResult {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly dominators: Uint32Array;
  readonly retainedBytes: Float64Array;
  readonly distances: Int32Array;
}

/** The members of `JSHeapSnapshot` that are read. */
interface ChromeSnapshot {
  readonly nodeCount: number;
  readonly edgeFieldsCount: number;
  readonly firstEdgeIndexes: Uint32Array;
  readonly dominatorsTree: Uint32Array;
  readonly retainedSizes: Float64Array;
  readonly nodeDistances: Int32Array;
}

interface Chrome {
  readonly HeapSnapshot: {
    readonly JSHeapSnapshot: { readonly prototype: { calculateShallowSizes: () => void } };
    readonly SecondaryInitManager: new (port: MessagePort) => unknown;
  };
  readonly HeapSnapshotLoader: {
    readonly HeapSnapshotLoader: new (dispatcher: { sendEvent: () => void }) => {
      write(chunk: string): void;
      close(): void;
      buildSnapshot(port: MessagePort): Promise<ChromeSnapshot>;
    };
  };
}

const require = createRequire(import.meta.url);

/** This file of DevTools is made when Chrome is built. It lists languages, and none is needed. */
const withoutLanguages: Plugin = {
  name: "without-languages",
  setup(builder) {
    builder.onResolve({ filter: /\/locales\.js$/ }, () => ({ path: "locales", namespace: "stub" }));
    builder.onLoad({ filter: /.*/, namespace: "stub" }, () => ({
      contents: `module.exports = {
        LOCALES: ["en-US"], BUNDLED_LOCALES: ["en-US"], DEFAULT_LOCALE: "en-US",
        LOCAL_FETCH_PATTERN: "", REMOTE_FETCH_PATTERN: "",
      };`,
    }));
  },
};

/**
 * Node 20 has no `Promise.withResolvers`. DevTools warns of each node that only weak edges reach,
 * and each snapshot has some.
 */
const BANNER = `
function withResolvers() {
  let resolve, reject;
  const promise = new Promise((...functions) => ([resolve, reject] = functions));
  return { promise, resolve, reject };
}
function ignoreWarning() {}
`;

let chrome: Promise<Chrome> | undefined;

async function loadChrome(): Promise<Chrome> {
  const frontend = dirname(require.resolve("chrome-devtools-frontend/package.json"));
  const folder = mkdtempSync(join(tmpdir(), "heapwise-devtools-"));
  try {
    await build({
      entryPoints: [
        join(frontend, "front_end/entrypoints/heap_snapshot_worker/heap_snapshot_worker.ts"),
      ],
      bundle: true,
      outfile: join(folder, "devtools.mjs"),
      format: "esm",
      platform: "node",
      plugins: [withoutLanguages],
      define: { "Promise.withResolvers": "withResolvers", "console.warn": "ignoreWarning" },
      banner: { js: BANNER },
      logLevel: "error",
    });
    // Node itself imports the bundle: Vite would transform a megabyte.
    const importer = join(folder, "import.cjs");
    writeFileSync(importer, 'module.exports = () => import("./devtools.mjs");');
    return await (require(importer) as () => Promise<Chrome>)();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs the code of Chrome DevTools on the text of a heap snapshot. DevTools adds the own bytes of
 * arrays and hidden nodes to their only owner if `movesBytes`, as it does for its users.
 */
export async function analyzeWithChrome(
  pieces: Iterable<string> | AsyncIterable<string>,
  { movesBytes = false }: { movesBytes?: boolean } = {},
): Promise<ChromeResult> {
  const { HeapSnapshot, HeapSnapshotLoader } = await (chrome ??= loadChrome());
  const { prototype } = HeapSnapshot.JSHeapSnapshot;
  const { calculateShallowSizes } = prototype;
  const { port1, port2 } = new MessageChannel();
  try {
    if (!movesBytes) prototype.calculateShallowSizes = () => {};
    new HeapSnapshot.SecondaryInitManager(port2);
    const loader = new HeapSnapshotLoader.HeapSnapshotLoader({ sendEvent: () => {} });
    for await (const piece of pieces) loader.write(piece);
    loader.close();
    const snapshot = await loader.buildSnapshot(port1);
    return {
      nodeCount: snapshot.nodeCount,
      edgeCount: snapshot.firstEdgeIndexes[snapshot.nodeCount]! / snapshot.edgeFieldsCount,
      dominators: snapshot.dominatorsTree,
      retainedBytes: snapshot.retainedSizes,
      distances: snapshot.nodeDistances,
    };
  } finally {
    prototype.calculateShallowSizes = calculateShallowSizes;
    port1.close();
    port2.close();
  }
}
