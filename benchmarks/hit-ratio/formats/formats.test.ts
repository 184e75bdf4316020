import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readTrace } from "../read-trace.ts";
import { useTraceFolder } from "../trace-folder.ts";
import type { ReadOptions } from "../trace-file.ts";

const folder = useTraceFolder();

interface Reading {
  ids: number[];
  /** The line about the file, without the path. */
  understood: string;
}

async function read(
  name: string,
  content: Uint8Array | string,
  options: ReadOptions = {},
): Promise<Reading> {
  const path = folder.write(name, content);
  const { ids, understood } = await readTrace({ path, options });
  return { ids: [...ids], understood: understood.slice(`${path}: `.length) };
}

function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

const COMBINED = lines(
  '66.249.65.159 - - [06/Nov/2014:19:10:38 +0600] "GET /news/53f8d72920ba2744fe873ebc.html HTTP/1.1" 404 177 "-" "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X)"',
  '66.249.65.3 - - [06/Nov/2014:19:11:24 +0600] "GET /?q=%E0%A6%AB%E0%A7%9F HTTP/1.1" 200 4223 "-" "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"',
  '10.0.0.1 - frank [06/Nov/2014:19:11:25 +0600] "POST /?q=%E0%A6%AB%E0%A7%9F HTTP/2.0" 200 12 "https://example.org/a" "curl/7.68.0"',
  '10.0.0.2 - - [06/Nov/2014:19:11:25 +0600] "GET /?q=%E0%A6%AB%E0%A7%9F HTTP/1.1" 304 0 "-" "-"',
  '10.0.0.3 - - [06/Nov/2014:19:11:26 +0600] "\\x16\\x03\\x01\\x00" 400 157 "-" "-"',
  '10.0.0.3 - - [06/Nov/2014:19:11:26 +0600] "-" 408 0 "-" "-"',
  '10.0.0.4 - - [06/Nov/2014:19:11:27 +0600] "GET /news/53f8d72920ba2744fe873ebc.html HTTP/1.0" 200 5 "-" "-"',
);

describe("access logs", () => {
  test("of nginx: method and URL are the key, and broken lines are counted", async () => {
    for (const name of ["access.log", "access.log.1", "a.txt", "a.csv", "a"]) {
      expect(await read(name, COMBINED)).toEqual({
        ids: [0, 1, 2, 1, 0],
        understood:
          "access log (guessed), key: method and URL; 5 requests, 3 different keys, 2 lines skipped (2 broken; first: line 5)",
      });
    }
  });

  test("of Apache, in the common format and with a host before it", async () => {
    const common = lines(
      '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
      '127.0.0.1 - - [10/Oct/2000:13:55:37 -0700] "HEAD /apache_pb.gif HTTP/1.0" 200 -',
      '::1 - - [10/Oct/2000:13:55:38 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
      '127.0.0.1 - - [10/Oct/2000:13:55:39 -0700] "GET /a" 200 2326',
    );
    const withHost = common.replace(/^/gm, "www.example.com:80 ").trimEnd();

    expect((await read("common", common)).ids).toEqual([0, 1, 0, 2]);
    expect((await read("vhost", `${withHost}\n`)).ids.slice(0, 4)).toEqual([0, 1, 0, 2]);
  });

  test("with quotes, spaces and commas in URLs", async () => {
    const start = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET';
    const text = lines(
      `${start} /a\\"b HTTP/1.1" 200 1`,
      `${start} /a\\"c HTTP/1.1" 200 1`,
      `${start} /a b HTTP/1.1" 200 1`,
      `${start} /a,b HTTP/1.1" 200 1`,
      `${start} /a\\"b HTTP/1.1" 200 1`,
    );

    expect((await read("a.log", text)).ids).toEqual([0, 1, 2, 3, 0]);
  });

  test("with another form of time, by the quoted text", async () => {
    const text = lines(
      '2024-05-01T10:00:00+00:00 10.0.0.1 "GET /a HTTP/1.1" 200 0.003',
      '2024-05-01T10:00:01+00:00 10.0.0.1 "GET /b HTTP/2" 200 0.003',
      '2024-05-01T10:00:02+00:00 10.0.0.1 "GET /a HTTP/1.1" 200 0.003',
    );

    expect(await read("a.log", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining("access log (guessed)"),
    });
  });
});

test("a load balancer's log, with its status in another place", async () => {
  const lineOf = (url: string): string =>
    `http 2018-07-02T22:23:00.186641Z app/my-lb 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET ${url} HTTP/1.1" "curl/7.46.0" - -`;
  const text = lines(lineOf("http://a:80/x"), lineOf("http://a:80/y"), lineOf("http://a:80/x"));

  expect((await read("a.log", text)).ids).toEqual([0, 1, 0]);
});

describe("tables", () => {
  test("a header with the name of a key", async () => {
    const text = "timestamp,key,size\n1,user:1,10\n2,user:2,10\n3,user:1,10\n";

    for (const name of ["a.csv", "a.txt", "a"]) {
      expect(await read(name, text)).toEqual({
        ids: [0, 1, 0],
        understood:
          'CSV (guessed), key: column 2 "key" (guessed); 3 requests, 2 different keys, no line skipped',
      });
    }
  });

  test.each([
    ["ts,user_agent,URL", "x,y,k", 3],
    ["Time;Obj-ID;Size", "1;k;7", 2],
    ["time\tpath\tstatus", "1\tk\t200", 2],
    ["time|cache_key|x", "1|k|z", 2],
  ])("the header %s", async (header, row, column) => {
    const other = row.replace("k", "k2");
    const { ids, understood } = await read("a.csv", lines(header, row, other, row));

    expect(ids).toEqual([0, 1, 0]);
    expect(understood).toContain(`key: column ${column} "`);
  });

  test("the first name of a key whose values repeat", async () => {
    const text = "id,time,url\n1,10,/a\n2,11,/b\n3,12,/a\n";

    expect(await read("a.csv", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining('column 3 "url" (guessed)'),
    });
  });

  test("the column of the option, by name or by number from 1", async () => {
    const text = "time,key,other\n1,a,x\n2,b,x\n3,c,y\n";

    expect((await read("a.csv", text, { column: "other" })).ids).toEqual([0, 0, 1]);
    expect((await read("a.csv", text, { column: "OTHER" })).ids).toEqual([0, 0, 1]);
    expect((await read("a.csv", text, { column: "3" })).ids).toEqual([0, 0, 1]);
    expect(await read("a.csv", "1,a\n2,b\n3,a\n", { column: "2" })).toEqual({
      ids: [0, 1, 0],
      understood: "CSV (guessed), key: column 2; 3 requests, 2 different keys, no line skipped",
    });
  });

  test("a name is a header even above a single row", async () => {
    const text = "page visited,country\nhome,de\nhome,fr\nabout,de\n";

    expect((await read("a.csv", text, { column: "country" })).ids).toEqual([0, 1, 0]);
  });

  test("without a header the only column that is neither a time nor constant", async () => {
    const text = "1583990400,user:1,get\n1583990401,user:2,get\n1583990402,user:1,get\n";

    expect(await read("a.txt", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining("CSV (guessed), key: column 2 (guessed)"),
    });
  });

  test("quoted fields with separators, quotes and line ends", async () => {
    const text =
      'time,key\n1,"a,b"\n2,"say ""hi"""\n3,"two\nlines"\n4,"a,b"\n5,"two\nlines"\n6,plain\n';

    for (const ends of ["\n", "\r\n", "\r"]) {
      const { ids, understood } = await read("a.csv", text.replaceAll("\n", ends));

      expect(ids).toEqual([0, 1, 2, 0, 2, 3]);
      expect(understood).toContain("6 requests, 4 different keys, no line skipped");
    }
  });

  test("a field is the same key with and without quotes", async () => {
    expect((await read("a.csv", 'key,n\na,1\nb,2\n"a",3\n')).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", "n,key\n1, a\n2,a\n3,  b\n")).ids).toEqual([0, 0, 1]);
  });

  test("quotes inside of a field that does not start with one", async () => {
    expect((await read("a.csv", 'key,n\n5" disk,1\n7" disk,2\n5" disk,3\n')).ids).toEqual([
      0, 1, 0,
    ]);
  });

  test("rows that are short, empty or without a key are skipped and counted", async () => {
    const text = 'time,key\n1,a\n\n2\n3,\n4,b,c\n   \n5,"a"\n\n6\n7,b\n\n\n';
    const { ids, understood } = await read("a.csv", text);

    expect(ids).toEqual([0, 1, 0, 1]);
    expect(understood).toContain("8 lines skipped (5 empty, 3 without the key; first: line 3)");
  });

  test("one column, with a header and without", async () => {
    expect((await read("a.csv", "key\na\nb\na\n")).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", "a\nb\na\n")).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", `id\n${"7\n".repeat(99)}`)).ids).toEqual(Array(99).fill(0));
  });

  test("a table with requests in it, if the option names a column", async () => {
    const text = '"GET /a HTTP/1.1",x\n"GET /b HTTP/1.1",x\n"GET /a HTTP/1.1",y\n';

    expect((await read("a.csv", text)).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", text, { column: "2" })).ids).toEqual([0, 0, 1]);
  });

  test("the separator of the option", async () => {
    const text = "2024-05-01 user:1 get\n2024-05-01 user:2 get\n2024-05-01 user:1 get\n";
    const options = { format: "csv", separator: " ", column: "2" } as const;

    expect((await read("a.log", text, options)).ids).toEqual([0, 1, 0]);
    expect((await read("a.log", text, { separator: " ", column: "2" })).ids).toEqual([0, 1, 0]);
    expect((await read("a", "a§1\nb§2\na§3\n", { separator: "§", column: "1" })).ids).toEqual([
      0, 1, 0,
    ]);
  });

  test("keys with commas stay keys of a line", async () => {
    const urls = lines("/map?at=1,2", "/map?at=3,4", "/map?at=1,2");
    const tiles = lines("0,0", "0,1", "1,0", "1,1");

    for (const name of ["a.txt", "a.log", "a"]) {
      expect((await read(name, urls)).ids).toEqual([0, 1, 0]);
      expect(await read(name, tiles)).toMatchObject({
        ids: [0, 1, 2, 3],
        understood: expect.stringContaining("one key per line (guessed)"),
      });
    }
  });

  test.each<[string, string, ReadOptions, string]>([
    [
      "a.csv",
      "time,size,n\n1,2,3\n1,3,4\n2,1,3\n",
      {},
      "no column that is certainly the key, expected --column with one of time, size, n",
    ],
    [
      "a.csv",
      "8,2,3\n1,3,4\n",
      {},
      "a table without names of columns (first row: 8, 2, 3), expected --column with a number from 1 to 3, or --format lines",
    ],
    [
      "a.csv",
      "Zeit;Produkt;Preis\nMo;a;3,5\nMo;b;4,5\nDi;a;3,5\n",
      {},
      "a table whose key cannot be found (first row: Zeit, Produkt, Preis), expected --column with a name in the first row or a number from 1 to 3, or --format lines",
    ],
    [
      "a.csv",
      "time,key\n1,2\n",
      { column: "foo" },
      'no column "foo", expected --column with one of time, key',
    ],
    [
      "a.csv",
      "8,2\n1,3\n",
      { column: "foo" },
      "no names of columns, expected --column as a number from 1 to 2",
    ],
    ["a.csv", "time,key\n1,2\n", { column: "3" }, "no column 3, expected --column from 1 to 2"],
    ["a.csv", "time,key\n1,2\n", { column: "0" }, "no column 0, expected --column from 1 to 2"],
    [
      "a.csv",
      'time,key\n1,a\n2,"b\n3,c\n',
      {},
      "the row of line 3 has a quote that does not end, expected a second quote, or --format lines if it is not a table",
    ],
  ])("%s %j %j is an error", async (name, text, options, message) => {
    await expect(read(name, text, options)).rejects.toThrow(
      `Cannot read trace ${folder.path}/${name}: ${message}`,
    );
  });
});

describe("JSON lines", () => {
  test("the field with the name of a key", async () => {
    const text = lines(
      '{"time":"2024-05-01T10:00:00Z","request_uri":"/a","status":200}',
      '{"time":"2024-05-01T10:00:01Z","request_uri":"/b","status":200}',
      '{"time":"2024-05-01T10:00:01Z","request_uri":"/a","status":304}',
    );

    for (const name of ["a.jsonl", "a.log", "a.json", "a.txt", "a"]) {
      expect(await read(name, text)).toEqual({
        ids: [0, 1, 0],
        understood:
          'JSON lines (guessed), key: field "request_uri" (guessed); 3 requests, 2 different keys, no line skipped',
      });
    }
  });

  test("the field of the option, also inside of other fields", async () => {
    const text = lines(
      '{"key":"x","http":{"url":{"path":"/a"}},"a.b":1}',
      '{"key":"x","http":{"url":{"path":"/b"}},"a.b":2}',
      '{"key":"x","http":{"url":{"path":"/a"}},"a.b":2}',
    );

    expect((await read("a", text, { field: "http.url.path" })).ids).toEqual([0, 1, 0]);
    expect((await read("a", text, { field: "a.b" })).ids).toEqual([0, 1, 1]);
  });

  test("a field inside of another one, as in the logs of Caddy", async () => {
    const lineOf = (uri: string, port: number): string =>
      `{"level":"info","ts":1646861401.5241024,"request":{"remote_port":"${port}","method":"GET","uri":"${uri}"},"status":200}`;
    const text = lines(lineOf("/a", 1), lineOf("/b", 2), lineOf("/a", 3));

    expect(await read("a.log", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining('field "request.uri" (guessed)'),
    });
  });

  test("keys of any kind, and lines without a key", async () => {
    const text = lines(
      '{"key":"__proto__"}',
      '{"key":17}',
      '{"key":"17"}',
      '{"key":["a",1]}',
      '{"key":["a",2]}',
      '{"key":null}',
      '{"other":1}',
      '{"key":"cut off',
      "",
      '"text"',
      '{"__proto__":{"key":"no"}}',
      '{"key":"__proto__"}',
    );

    expect(await read("a.jsonl", text)).toEqual({
      ids: [0, 1, 1, 2, 3, 0],
      understood:
        'JSON lines (guessed), key: field "key" (guessed); 6 requests, 4 different keys, 6 lines skipped (3 without the key, 2 broken, 1 empty; first: line 6)',
    });
  });

  test("numbers with more digits than a double holds are not rounded", async () => {
    const text = lines(
      '{"obj_id":13053225291711363978}',
      '{"obj_id": 13053225291711363979}',
      '{"n":13053225291711363979,"obj_id":13053225291711363978}',
    );

    expect((await read("a.jsonl", text)).ids).toEqual([0, 1, 0]);
  });

  test.each<[string, ReadOptions, string]>([
    [
      '{"a":1,"b":2}\n{"a":2,"b":1}\n',
      {},
      "no field that is certainly the key, expected --field with one of a, b",
    ],
    ['{"a":1,"b":2}\n', { field: "c" }, 'no field "c", expected --field with one of a, b'],
    ['[{"a":1},\n{"a":2}]\n', {}, "a JSON document, expected JSON lines, as from jq -c '.[]'"],
    ['{\n  "a": 1\n}\n', {}, "a JSON document, expected JSON lines, as from jq -c '.[]'"],
    ["words\nand more\n", { format: "jsonl" }, "no line with a JSON object, expected JSON lines"],
  ])("%j %j is an error", async (text, options, message) => {
    await expect(read("a.jsonl", text, options)).rejects.toThrow(
      `Cannot read trace ${folder.path}/a.jsonl: ${message}`,
    );
  });
});

describe("traces of research", () => {
  test("Twitter: get and gets are requests, and keys may have commas", async () => {
    const text = lines(
      "0,nz:u:eeW511W3dcH3de3d15ec,22,304,18,get,0",
      "0,nz:u:eeW511W3dcH3de3d15ec,22,304,18,set,3600",
      "1,q:a,b:8WTfjZU14ee,22,304,6,gets,0",
      "1,q:a,c:8WTfjZU14ee,22,304,6,get,0",
      "2,nz:u:eeW511W3dcH3de3d15ec,22,304,18,get,0",
      "2,nz:u:eeW511W3dcH3de3d15ec,22,0,18,delete,0",
    );

    for (const name of ["cluster52.0", "a.csv", "a.txt"]) {
      expect(await read(name, text)).toEqual({
        ids: [0, 1, 2, 0],
        understood:
          "Twitter cache trace (guessed), key: the second column of get and gets; 4 requests, 3 different keys, 2 lines skipped (2 writes; first: line 2)",
      });
    }
  });

  test("Twitter: a trace with only writes is an error", async () => {
    const text = "0,nz:u:eeW511W3dcH3de3d15ec,22,304,18,set,3600\n".repeat(3);

    await expect(read("a", text)).rejects.toThrow(
      "no request in it (0 requests, 0 different keys, 3 lines skipped (3 writes; first: line 1)) as Twitter cache trace",
    );
  });

  test("Twitter: the key of another column, if the option names it", async () => {
    const text = lines("0,k:1,22,304,18,get,0", "0,k:1,22,304,6,get,0", "1,k:2,22,304,18,get,0");

    expect((await read("a", text, { column: "5" })).ids).toEqual([0, 1, 0]);
  });

  test("libCacheSim tables", async () => {
    const printed = lines(
      "# time, object, size, next_access_vtime",
      "0, 13053225291711363978, 737, 13",
      "0, 61177148907475485, 248, 6570713",
      "0, 13053225291711363978, 737, 20",
    );
    const sample = lines(
      "version,time,op,size,lbn",
      "1,5633898,2a,512,42932745",
      "1,5633898,2a,512,42932746",
      "1,5633899,2a,6656,42932745",
    );

    expect(await read("a.csv", printed)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining('libCacheSim CSV (guessed), key: column 2 "object"; 3'),
    });
    expect(await read("a.txt", sample)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining('libCacheSim CSV (guessed), key: column 5 "lbn"; 3'),
    });
    const bare = printed.slice(printed.indexOf("\n") + 1);
    expect((await read("a", bare, { format: "libcachesim-csv" })).ids).toEqual([0, 1, 0]);
  });

  function oracle(...requests: (readonly [number, bigint, number, bigint])[]): Buffer {
    return Buffer.concat(
      requests.map(([time, object, size, next]) => {
        const record = Buffer.alloc(24);
        record.writeUInt32LE(time, 0);
        record.writeBigUInt64LE(object, 4);
        record.writeUInt32LE(size, 12);
        record.writeBigInt64LE(next, 16);
        return record;
      }),
    );
  }

  const ORACLE = oracle(
    [5_633_898, 42_932_745n, 512, 4n],
    [5_633_898, 2n ** 63n + 1n, 512, -1n],
    [5_633_899, 1n, 512, -1n],
    [5_633_899, 42_932_745n, 512, 2n ** 63n - 1n],
    [5_633_900, 2n ** 32n + 1n, 512, -1n],
  );

  test("oracleGeneral, whatever its name is, also packed", async () => {
    for (const name of ["a.oracleGeneral.bin", "a.bin", "a"]) {
      expect(await read(name, ORACLE)).toEqual({
        ids: [0, 1, 2, 0, 3],
        understood: "oracleGeneral (guessed); 5 requests, 4 different keys, no line skipped",
      });
    }
    expect((await read("a", gzipSync(ORACLE))).ids).toEqual([0, 1, 2, 0, 3]);
    expect((await read("a.u32", ORACLE, { format: "oracleGeneral" })).ids).toEqual([0, 1, 2, 0, 3]);
  });

  test("oracleGeneral that is cut off is an error", async () => {
    await expect(read("a", ORACLE.subarray(0, 100))).rejects.toThrow(
      `Cannot read trace ${folder.path}/a: 100 bytes, expected oracleGeneral records, a multiple of 24 bytes`,
    );
  });

  test("ARC: a line is a request for each of its blocks", async () => {
    const text = lines("2048 3 0 0", "2050 1 0 1", "4294967296 2 0 2", "2048 1 0 3");

    for (const name of ["P1.lis", "a.txt", "a"]) {
      expect(await read(name, text)).toEqual({
        ids: [0, 1, 2, 2, 3, 4, 0],
        understood:
          "ARC trace (guessed), key: block number; 7 requests, 5 different keys, no line skipped",
      });
    }
  });

  test("ARC: broken lines are skipped, and a line with too many blocks is an error", async () => {
    const broken = lines("1 1 0 0", "2 x 0 1", "-3 1 0 2", "3", "4  1 0 1", "1 0 0 3", "1 1 0 2");

    expect(await read("a", broken, { format: "arc" })).toMatchObject({
      ids: [0, 0],
      understood: expect.stringContaining("5 lines skipped (4 broken, 1 empty; first: line 2)"),
    });
    expect((await read("a", "0 2 0 0\n1 65536 0 1\n")).ids).toHaveLength(65_538);
    for (const [count, shown] of Object.entries({ 65537: "65,537", 5e9: "5,000,000,000" })) {
      await expect(read("a", `0 2 0 0\n0 ${count} 0 0\n`)).rejects.toThrow(
        `line 2 asks for ${shown} blocks, expected at most 65,536 in a line of an ARC trace, or another --format`,
      );
    }
  });

  test("LIRS: one block per line, and lines of *", async () => {
    const text = lines("12", "7", "*", "12", "x", "");

    for (const name of ["cpp.trc", "a.txt", "a"]) {
      expect(await read(name, text, { format: "lirs" })).toEqual({
        ids: [0, 1, 0],
        understood:
          "LIRS trace (by --format); 3 requests, 2 different keys, 3 lines skipped (1 with *, 1 broken, 1 empty; first: line 3)",
      });
    }
    expect((await read("a", lines("12", "7", "*", "12"))).understood).toContain("LIRS trace (gue");
    expect((await read("a.trc", lines("12", "7", "12"))).understood).toContain("LIRS trace (gue");
    expect((await read("a", lines("12", "7", "12"))).understood).toContain("one key per line");
  });
});

describe("a file of the ending .u32", () => {
  test("is u32 unless it is text, whatever its first bytes are", async () => {
    for (const bytes of [
      Buffer.from("fffefffffffeffff", "hex"),
      Buffer.from("feffffff01010101", "hex"),
      Buffer.from("efbbbf00efbbbf00", "hex"),
      Buffer.from("abcdefgh"),
    ])
      expect((await read("a.u32", bytes)).understood).toContain("u32 (guessed); 2 requests");
    expect((await read("a.u32", "a\nb\na\n")).understood).toContain("one key per line");
  });

  test("that is cut off is an error", async () => {
    for (const bytes of [Buffer.of(1, 2, 3), Buffer.from("abc"), Buffer.of(1, 10, 1, 1, 5)])
      await expect(read("a.u32", bytes)).rejects.toThrow(
        `${bytes.length} bytes, expected little-endian 32-bit numbers, a multiple of 4 bytes`,
      );
  });
});

describe("a format in the option", () => {
  test("wins over the form of the content", async () => {
    expect(await read("access.log", COMBINED, { format: "lines" })).toMatchObject({
      ids: [0, 1, 2, 3, 4, 5, 6],
      understood: expect.stringContaining("one key per line (by --format); 7 requests"),
    });
    expect((await read("a.txt", "abcdabcd", { format: "u32" })).ids).toEqual([0, 0]);
  });

  test.each(["access-log", "twitter", "arc", "lirs"] as const)(
    "is an error if the content does not fit: %s",
    async (format) => {
      await expect(read("a.txt", "some\nwords\n", { format })).rejects.toThrow(
        /no request in it \(0 requests, 0 different keys, 2 lines skipped \(2 broken; first: line 1\)\) as .*, expected another --format, or another file/,
      );
    },
  );

  test.each([
    [
      "noise",
      Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i * 7) % 251)),
      "binary data of no known kind, expected --format u32 or oracleGeneral if the data have that format",
    ],
    ["a.png", Buffer.from("89504e470d0a1a0a0000000d", "hex"), "a PNG picture, expected a trace"],
    [
      "a.xz",
      Buffer.from("fd377a585a000004e6d6b446", "hex"),
      "an xz file, expected a trace: unpack it with xz -d first",
    ],
    [
      "a.html",
      Buffer.from("<html><body>Not found</body></html>"),
      "an HTML page, expected a trace (did a download fail?)",
    ],
    [
      "wide.txt.log",
      Buffer.from("key one\nkey two\n", "utf16le"),
      "text of two bytes per character without a mark, expected --encoding utf16le",
    ],
    [
      "wide.txt",
      Buffer.from("key one\nkey two\n", "utf16le"),
      "text of two bytes per character without a mark, expected --encoding utf16le",
    ],
    [
      "accents.txt",
      Buffer.from("/café/1\n/preis/5€\n/日\n/café/1\n", "utf16le"),
      "text of two bytes per character without a mark, expected --encoding utf16le",
    ],
    [
      "padded.log",
      Buffer.from(`${"\0".repeat(5_000)}${COMBINED}`),
      "text with bytes that are 0 (5,000 in the first 5,805 bytes), expected text without",
    ],
    [
      "zero.csv",
      Buffer.from("time,url\n1,/a\0b\n2,/b\n"),
      "text with bytes that are 0 (1 in the first 21 bytes), expected text without them, as from tr -d '\\000'",
    ],
    [
      "swapped.txt",
      Buffer.from("key one\nkey two\n", "utf16le").swap16(),
      "text of two bytes per character, the high one first, without a mark, expected UTF-8 or a byte order mark",
    ],
  ])("is needed for %s", async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(
      `Cannot read trace ${folder.path}/${name}: ${message}`,
    );
  });
});
