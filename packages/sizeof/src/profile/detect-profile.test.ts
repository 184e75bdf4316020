import { expect, test } from "vitest";
import { detect, detectProfile } from "./detect-profile.ts";
import { compressedV8, v8 } from "./v8.ts";

test("Node and Deno have 8-byte references, and the layout of their version of V8", () => {
  const node20 = detect({ process: { versions: { v8: "11.3.244.8-node.38" } } });
  expect([node20.name, node20.slot, node20.date]).toEqual(["v8", 8, 112]);
  const node24 = detect({ process: { versions: { v8: "13.6.233.17" } } });
  expect([node24.name, node24.slot, node24.date]).toEqual(["v8", 8, 96]);
  expect(detect({ Deno: { version: { v8: "13.0.1" } } }).slot).toBe(8);
});

test("Chromium, Electron, workerd and builds with compressed references have 4-byte ones", () => {
  const compressed = { variables: { v8_enable_pointer_compression: 1 } };
  for (const host of [
    { Intl: { v8BreakIterator: null } },
    { navigator: { userAgent: "Mozilla/5.0 Chrome/147.0.0.0 Safari/537.36" } },
    { navigator: { userAgent: "Cloudflare-Workers" } },
    { process: { versions: { v8: "13.6.1", electron: "40.0.0" } } },
    { process: { versions: { v8: "13.6.1" }, config: compressed } },
  ]) {
    expect(detect(host).name).toBe("v8-compressed");
  }
});

test("Bun and engines other than V8 have the layout of JavaScriptCore", () => {
  expect(detect({ process: { versions: { bun: "1.4.5", v8: "13.6.1" } } }).name).toBe("jsc");
  expect(detect({ navigator: { userAgent: "Version/26.0 Safari/605.1.15" } }).name).toBe("jsc");
});

test("the running engine is looked for only once", () => {
  expect(detectProfile().name).toBe("v8");
  expect(detectProfile()).toBe(detectProfile());
});

// Chromium 147 with its 4-byte references, and Node with 8-byte ones, by heap slope.
test.each([
  ["empty map", compressedV8.map(0), 92, v8(13).map(0), 184],
  ["map of 100", compressedV8.map(100), 1828, v8(13).map(100), 3656],
  ["set of 100", compressedV8.set(100), 1316, v8(13).set(100), 2632],
  ["10 fields as a table", compressedV8.dictionary(10) + 12, 236, v8(13).dictionary(10) + 24, 472],
  ["symbol", compressedV8.symbol, 16, v8(13).symbol, 24],
  ["bigint", compressedV8.bigint(1), 16, v8(13).bigint(1), 24],
  ["proxy", compressedV8.proxy, 20, v8(13).proxy, 32],
  ["closure", compressedV8.closure, 48, v8(13).closure, 96],
])("%s", (_name, four, truthOfFour, eight, truthOfEight) => {
  expect([four, eight]).toEqual([truthOfFour, truthOfEight]);
});
