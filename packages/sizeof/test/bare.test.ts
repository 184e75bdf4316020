import { edgeHost, importBare, unreadable } from "@heapwise/testkit";
import { expect, it } from "vitest";

function refused(): never {
  throw new Error("The method is not implemented");
}

it.each([
  ["nothing", {}],
  [
    "stand-ins that throw",
    { process: { getBuiltinModule: () => ({ isStringOneByteRepresentation: refused }) } },
  ],
  ["the stand-ins of an edge runtime", edgeHost()],
  [
    "globals that throw as they are read",
    unreadable("process", "navigator", "Intl", "Buffer", "SharedArrayBuffer", "WeakRef", "Deno"),
  ],
  ["globals that are null", { process: null, Intl: null, Buffer: null, SharedArrayBuffer: null }],
])("values are sized in a host with %s", async (_, given) => {
  const { calibrate, sizeOf, detach, detachBuffer } = importBare<typeof import("@heapwise/sizeof")>(
    'export * from "@heapwise/sizeof";',
    { given },
  );
  expect(sizeOf("x".repeat(1000))).toBeGreaterThan(1000);
  expect(sizeOf("\u4e00".repeat(1000))).toBeGreaterThan(2000);
  expect(sizeOf([{ text: "y".repeat(1000) }])).toBeGreaterThan(1000);
  await expect(calibrate(() => ({}))).rejects.toThrow(
    "Cannot calibrate: no garbage collection on demand",
  );
  expect(sizeOf([new Uint8Array(8), new Map(), new Date()])).toBeGreaterThan(100);
  const view = new Uint8Array(1000).subarray(0, 10);
  expect(detachBuffer(view)).toEqual(view);
  expect(detach("a text of some length")).toBe("a text of some length");
});
