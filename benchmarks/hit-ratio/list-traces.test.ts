import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import { listTraces } from "./list-traces.ts";
import { readTrace, sizesOf } from "./read-trace.ts";
import { numbers, useTraceFolder } from "./trace-folder.ts";

const folder = useTraceFolder();

/** Names of the traces in the folder, and of the skipped files with the reasons. */
async function list(): Promise<{ names: string[]; skipped: Record<string, string> }> {
  const { traces, skipped } = await listTraces({ folder: folder.path });
  const reasons = skipped.map(({ path, reason }) => [basename(path), reason] as const);
  return { names: traces.map(({ name }) => name), skipped: Object.fromEntries(reasons) };
}

describe("a folder", () => {
  test("lists every trace, but no sizes and no documents", async () => {
    for (const name of ["b.txt", "a.u32.gz", "a.sizes.u32.gz", "README.md", "LICENSE", ".hidden"])
      folder.write(name, "x\n");

    expect((await list()).names).toEqual(["a", "b"]);
  });

  test("names what it skips, with the reason", async () => {
    folder.write("keys.txt", "a\nb\na\n");
    folder.write("README", "words\n");
    folder.write("LICENSE.txt", "words\n");
    folder.write("convert.py", "import csv\n");
    folder.write(".DS_Store", "x");
    folder.write("keys.sizes.u32", numbers(1, 2, 3));
    folder.write("old/keys.txt", "a\n");
    folder.write("chart.png", Buffer.from("89504e470d0a1a0a0000000d", "hex"));
    folder.write("paper.pdf", "%PDF-1.7\n%\u00e2\n");
    folder.write("logs.zip", Buffer.from("504b030414000000", "hex"));
    folder.write("logs.tar.gz", gzipSync(tar("a.log", "x\n")));
    folder.write("keys.trace.xz", Buffer.from("fd377a585a000004e6d6b446", "hex"));
    folder.write("page.dat", "<!DOCTYPE html><title>404</title>");
    folder.write("package.json", '{\n  "name": "x"\n}\n');
    folder.write("min.json", '{"name":"x"}');
    folder.write("two.json", '{"name":"x",\n"version":1}');
    folder.write(
      "noise.bin",
      Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i * 7) % 251)),
    );
    symlinkSync(join(folder.path, "nowhere"), join(folder.path, "broken.txt"));

    const { names, skipped } = await list();

    expect(names).toEqual(["keys"]);
    expect(skipped).toEqual({
      README: "a document",
      "LICENSE.txt": "a document",
      "convert.py": "a document",
      ".DS_Store": "hidden",
      "keys.sizes.u32": "sizes of another trace",
      old: "a folder (its files are not read)",
      "chart.png": "a PNG picture",
      "paper.pdf": "a PDF document",
      "logs.zip": "a zip file",
      "logs.tar.gz": "a tar archive",
      "keys.trace.xz": "an xz file",
      "page.dat": "an HTML page",
      "package.json": "a JSON document",
      "min.json": "a JSON document",
      "two.json": "a JSON document",
      "noise.bin": "binary data of no known kind",
      "broken.txt": "a link to nothing",
    });
  });

  test("skips other files even if the option names a format", async () => {
    folder.write("keys.txt", '{"key":1}\n');
    folder.write("chart.png", Buffer.from("89504e470d0a1a0a0000000d", "hex"));
    folder.write(
      "noise.bin",
      Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i * 7) % 251)),
    );
    folder.write("package.json", '{\n  "name": "x"\n}\n');

    const namesAs = async (format: "jsonl" | "u32" | "lines"): Promise<string[]> => {
      const { traces } = await listTraces({ folder: folder.path }, { format });
      return traces.map(({ name }) => name);
    };
    expect(await namesAs("jsonl")).toEqual(["keys"]);
    expect(await namesAs("lines")).toEqual(["keys", "package"]);
    expect(await namesAs("u32")).toEqual(["keys", "noise"]);
  });

  test("skips a pipe without waiting for it", async () => {
    folder.write("keys.txt", "a\n");
    execFileSync("mkfifo", [join(folder.path, "pipe.txt")]);

    expect(await list()).toEqual({ names: ["keys"], skipped: { "pipe.txt": "a pipe" } });
  });

  test("lists a trace with a fault, which is reported when it is read", async () => {
    folder.write("cut.u32.gz", gzipSync(numbers(0, 1)).subarray(0, 20));
    folder.write("table.csv", "1,2,3\n4,5,6\n");

    expect((await list()).names).toEqual(["cut", "table"]);
  });

  test("skips files without keys, and names them", async () => {
    folder.write("keys.txt", "a\n");
    folder.write("empty.txt", "");
    folder.write("empty.log.gz", gzipSync(""));
    folder.write("blank.txt", "\n \r\n\n");
    folder.write("mark.txt", Buffer.from([0xef, 0xbb, 0xbf]));
    folder.write("names.csv", "time,url\n");
    folder.write("names-and-blank.csv", "time,url\n\n\n");

    expect(await list()).toEqual({
      names: ["keys"],
      skipped: {
        "empty.txt": "an empty file",
        "empty.log.gz": "no keys in it",
        "blank.txt": "no keys in it",
        "mark.txt": "no keys in it",
        "names.csv": "no keys in it",
        "names-and-blank.csv": "no keys in it",
      },
    });
  });

  test("with only files without keys is an error that names them", async () => {
    folder.write("empty.txt", "");

    await expect(listTraces({ folder: folder.path })).rejects.toThrow(
      `Cannot read traces: ${folder.path} has no traces (skipped empty.txt: an empty file), expected files with traces`,
    );
  });

  test("a file without keys is an error if the option names it", async () => {
    const files = [folder.write("empty.txt", ""), folder.write("names.csv", "time,url\n\n")];
    const { traces } = await listTraces({ files });

    expect(traces.length).toBe(2);
    await expect(readTrace(traces[0]!)).rejects.toThrow("an empty file, expected at least one key");
    await expect(readTrace(traces[1]!)).rejects.toThrow("no keys, expected at least one key");
  });

  test("names traces by the part before the endings", async () => {
    const names = ["a.csv.gz", "b.jsonl", "c.log.zst", "d", "e.2024.log", "f.log.1", "g.lis"];
    for (const name of names) folder.write(name, "x\n");

    expect((await list()).names).toEqual(["a", "b", "c", "d", "e.2024", "f.log.1", "g"]);
  });

  test("an empty one and a missing one are errors", async () => {
    const none = join(folder.path, "none");

    await expect(listTraces({ folder: folder.path })).rejects.toThrow(
      `Cannot read traces: ${folder.path} has no traces, expected files with traces`,
    );
    await expect(listTraces({ folder: none })).rejects.toThrow(
      `Cannot read traces: ${none} is not a readable folder, expected one with trace files`,
    );
  });

  test("one with only other files is an error that names them", async () => {
    folder.write("README.md", "words");
    folder.write("sub/a.txt", "x");

    await expect(listTraces({ folder: folder.path })).rejects.toThrow(
      `${folder.path} has no traces (skipped README.md: a document; sub: a folder (its files are not read)), expected files with traces`,
    );
  });

  test("a file instead of a folder is an error", async () => {
    const path = folder.write("a.txt", "x");

    await expect(listTraces({ folder: path })).rejects.toThrow(
      `Cannot read traces: ${path} is a file, which --trace reads, expected a folder`,
    );
  });

  test("a pipe and a device instead of a folder are errors that say so", async () => {
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);

    await expect(listTraces({ folder: pipe })).rejects.toThrow(
      `Cannot read traces: ${pipe} is a pipe, expected a folder with trace files`,
    );
    await expect(listTraces({ folder: "/dev/null" })).rejects.toThrow(
      "Cannot read traces: /dev/null is a device, expected a folder with trace files",
    );
  });

  test("an empty path is an error", async () => {
    await expect(listTraces({ folder: "" })).rejects.toThrow(
      "Cannot read traces: an empty path, expected a folder",
    );
  });
});

describe("a manifest", () => {
  function writeManifest(...traces: object[]): void {
    folder.write("manifest.json", JSON.stringify({ traces }));
  }

  test("names the traces and their sizes", async () => {
    const path = folder.write("a.u32.gz", gzipSync(numbers(0, 1, 0)));
    const other = folder.write("other.u32.gz", gzipSync(numbers(0)));
    writeManifest({ name: "A", file: "a.u32.gz", requests: 3, capacities: [2] });

    const { traces, skipped } = await listTraces({ folder: folder.path });

    expect(traces).toEqual([{ name: "A", path, title: "", requests: 3, capacities: [2] }]);
    expect(skipped).toEqual([{ path: other, reason: "not in manifest.json" }]);
    expect(sizesOf(traces[0]!, await readTrace(traces[0]!))).toEqual([2]);
  });

  test("can state the number of requests", async () => {
    const path = folder.write("a.u32.gz", gzipSync(numbers(0, 1)));
    writeManifest({ name: "A", file: "a.u32.gz", requests: 3 });

    const { traces } = await listTraces({ folder: folder.path });

    await expect(readTrace(traces[0]!)).rejects.toThrow(
      `Cannot read trace ${path}: 2 requests, expected 3 as manifest.json says`,
    );
  });

  test("with a missing file is an error", async () => {
    writeManifest({ name: "A", file: "a.u32.gz" });

    await expect(listTraces({ folder: folder.path })).rejects.toThrow(
      "no such file, expected the file that manifest.json names",
    );
  });

  test.each(["{", "[]", "null", '"x"', '{"traces":[]}', '{"traces":[{"name":"A"}]}'])(
    "%s is an error",
    async (text) => {
      const path = folder.write("manifest.json", text);

      await expect(listTraces({ folder: folder.path })).rejects.toThrow(`Cannot read ${path}: `);
    },
  );

  test.each([[[]], [[0]], [[-1]], [[1.5]], [["10"]], [{}], [7]])(
    "with capacities %j is an error",
    async (capacities) => {
      folder.write("a.txt", "x\n");
      writeManifest({ name: "A", file: "a.txt", capacities });

      await expect(listTraces({ folder: folder.path })).rejects.toThrow(
        `capacities ${JSON.stringify(capacities)} of "A", expected whole numbers of entries from 1`,
      );
    },
  );

  test("with one name twice is an error with both files", async () => {
    const paths = ["a.txt", "b.txt"].map((name) => folder.write(name, "x\n"));
    writeManifest({ name: "A", file: "a.txt" }, { name: "A", file: "b.txt" });

    await expect(listTraces({ folder: folder.path })).rejects.toThrow(
      `Cannot read traces: ${paths[0]} and ${paths[1]} have one name, "A", expected a name for each`,
    );
  });

  test("of something else is skipped", async () => {
    folder.write("a.txt", "x\n");
    folder.write("manifest.json", '{"short_name":"App",\n"icons":[]}');

    expect(await list()).toEqual({
      names: ["a"],
      skipped: { "manifest.json": "another kind of list" },
    });
  });
});

describe("files", () => {
  test("can have any name, and get the options", async () => {
    const files = ["README.md", ".hidden", "a.log"].map((name) => folder.write(name, "x\n"));

    const { traces, skipped } = await listTraces({ files }, { format: "lines" });

    expect(skipped).toEqual([]);
    expect(traces.map(({ path, options }) => [path, options])).toEqual(
      files.map((path) => [path, { format: "lines" }]),
    );
  });

  test("of one name get their folders before it", async () => {
    const files = ["a/x/t.csv", "b/x/t.csv", "b/y/t.log", "z.txt"].map((name) =>
      folder.write(name, "x\n"),
    );

    const { traces } = await listTraces({ files });

    expect(traces.map(({ name }) => name)).toEqual(["a/x/t", "b/x/t", "y/t", "z"]);
  });

  test("of one name in one folder are an error with both", async () => {
    const files = ["t.csv", "t.log"].map((name) => folder.write(name, "x\n"));

    await expect(listTraces({ files })).rejects.toThrow(
      `Cannot read traces: ${files[0]} and ${files[1]} have one name, "t", expected a name for each: rename one, or give one with --trace`,
    );
    await expect(listTraces({ folder: folder.path })).rejects.toThrow('have one name, "t"');
  });

  test("that are one file are an error", async () => {
    const path = folder.write("t.csv", "x\n");
    const again = join(folder.path, ".", "t.csv");

    await expect(listTraces({ files: [path, again] })).rejects.toThrow("have one file");
  });

  test("that are not files are errors with advice", async () => {
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    const missing = join(folder.path, "none.txt");
    const inFile = join(folder.write("a.txt", "x"), "b.txt");
    const faults: [string, string][] = [
      [missing, `Cannot read trace ${missing}: no such file, expected the path of a file`],
      [inFile, `Cannot read trace ${inFile}: no such file, expected the path of a file`],
      [folder.path, `${folder.path}: a folder, expected a file (--traces reads all files of a`],
      [
        pipe,
        `Cannot read trace ${pipe}: a pipe, expected a file: write its output to a file first`,
      ],
      ["/dev/null", "Cannot read trace /dev/null: a device, expected a file"],
      ["", "Cannot read a trace: an empty path, expected a file"],
      [join(folder.path, "-"), "no standard input, expected a file"],
    ];
    for (const [path, message] of faults) {
      await expect(listTraces({ files: [path] })).rejects.toThrow(message);
      if (path !== "" && basename(path) !== "-")
        await expect(readTrace({ path })).rejects.toThrow(message);
    }
  });

  test("that disappear or may not be read are errors", async () => {
    const path = folder.write("a.txt", "x\n");
    const { traces } = await listTraces({ files: [path] });
    rmSync(path);

    await expect(readTrace(traces[0]!)).rejects.toThrow(`${path}: no such file`);

    mkdirSync(path);
    await expect(readTrace(traces[0]!)).rejects.toThrow(`${path}: a folder`);
    rmSync(path, { recursive: true });

    writeFileSync(path, "x\n");
    chmodSync(path, 0);
    const canReadAll = process.getuid?.() === 0;
    const reading = readTrace(traces[0]!);
    if (canReadAll) expect((await reading).keys).toBe(1);
    else await expect(reading).rejects.toThrow(`${path}: no permission to read it`);
  });

  test("are required: none is an error", async () => {
    await expect(listTraces({})).rejects.toThrow(
      "Cannot read traces: no file and no folder, expected a file or a folder",
    );
  });
});

test("the traces of this package can be read", async () => {
  const traces = fileURLToPath(new URL("traces", PACKAGE_FOLDER));
  const { traces: files } = await listTraces({ folder: traces });

  expect(files.map(({ name }) => name)).toEqual([
    "c2k-web12",
    "c2k-orm-busy",
    "arc-oltp",
    "mooncake-conversation",
  ]);
  const keys = await Promise.all(files.map(async (file) => (await readTrace(file)).keys));
  expect(keys).toEqual([13_756, 76_349, 186_880, 182_790]);
});

/** An archive with one file. */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("ustar\0", 257);
  const body = Buffer.alloc(512);
  body.write(content);
  return Buffer.concat([header, body]);
}
