import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toOriginal } from "../../src/paths/to-original.ts";

// Line 2, column 4 of the output is line 11, column 2 of the source, all from 0.
const MAP = { version: 3, sources: ["app.ts"], names: [], mappings: ";;IAWE" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heapwise-maps-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Writes a script that names a map, and finds a place in it. */
async function originalOf(name: string, address: string, asUrl = false) {
  const file = join(folder, name);
  await writeFile(file, `\n\n    function run() {}\n//# sourceMappingURL=${address}\n`);
  const script = asUrl ? pathToFileURL(file).href : file;
  return toOriginal({ script, line: 2, column: 4 });
}

it("a map in a file of its own, or inside the script, leads to the source", async () => {
  const expected = { script: pathToFileURL(join(folder, "app.ts")).href, line: 11, column: 2 };
  await writeFile(join(folder, "beside.js.map"), JSON.stringify(MAP));
  expect(await originalOf("beside.js", "beside.js.map")).toEqual(expected);
  expect(await originalOf("address.js", "beside.js.map", true)).toEqual(expected);
  const base64 = Buffer.from(JSON.stringify(MAP)).toString("base64");
  const inline = `data:application/json;charset=utf-8;base64,${base64}`;
  expect(await originalOf("inline.js", inline)).toEqual(expected);
  const plain = `data:application/json,${encodeURIComponent(JSON.stringify(MAP))}`;
  expect(await originalOf("plain.js", plain)).toEqual(expected);
});

it("a place stays as it is if its map is missing or broken, or says nothing about it", async () => {
  for (const [name, address] of [
    ["missing.js", "nowhere.map"],
    ["broken.js", "data:application/json,{"],
    ["empty.js", "data:application/json,{}"],
  ] as const) {
    const place = { script: join(folder, name), line: 2, column: 4 };
    expect(await originalOf(name, address)).toEqual(place);
  }
  for (const script of ["node:fs", "evalmachine.<anonymous>", join(folder, "none.js")]) {
    const place = { script, line: 2, column: 4 };
    expect(toOriginal(place)).toEqual(place);
  }
});

it("a function in place of Error.prepareStackTrace is not called unless it maps", () => {
  const holder = Error as { prepareStackTrace?: unknown };
  const before = holder.prepareStackTrace;
  let calls = 0;
  holder.prepareStackTrace = () => {
    calls += 1;
    return "";
  };
  try {
    toOriginal({ script: join(folder, "none.js"), line: 2, column: 4 });
  } finally {
    holder.prepareStackTrace = before;
  }
  expect(calls).toBe(0);
});
