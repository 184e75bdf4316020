import { describe, expect, it } from "vitest";
import { PoolExhaustedError, PoolTimeoutError } from "./errors.ts";
import { describeKey, heldLoans } from "./held-loans.ts";

const STATE = { name: "db", min: 0, max: 2, total: 2, idle: 0, leased: 2, creating: 0, waiting: 3 };
const HOLDER = { loan: "1.2", age: 1500.4, label: "report", note: "step 2", stack: undefined };

describe("The description of holders in an error", () => {
  it("has the text of the key, and no other property of the holder", () => {
    const hostile = { ...HOLDER, key: { password: "hunter2" }, value: {}, lease: {} };
    const [described] = heldLoans([hostile]).holders;
    expect(described).toMatchObject({ key: "an object", loan: "1.2", age: 1500.4 });
    expect(Object.keys(described!).sort()).toEqual(
      ["age", "key", "label", "loan", "note", "since", "stack"].sort(),
    );
  });

  it("is on the error, and at the end of its message", () => {
    const held = heldLoans([{ ...HOLDER, key: "postgres://me:hunter2@db" }, HOLDER]);
    const text =
      '3 waiting; held longest: loan 1.2 "report" (step 2) for 1500 ms under key "postgres://***@db", loan 1.2 "report" (step 2) for 1500 ms';
    for (const error of [
      new PoolExhaustedError("waiters", "full", STATE, held),
      new PoolTimeoutError("acquire", 10, STATE, { held }),
    ]) {
      expect(error.holders).toEqual(held.holders);
      expect(error.message.endsWith(text)).toBe(true);
    }
  });

  it("is empty if there is no loan", () => {
    expect(heldLoans([])).toEqual({ holders: [], text: "" });
  });
});

describe("The text of a key", () => {
  it("is the text of a primitive value", () => {
    const texts = ["a", "", 1, -0, NaN, 10n, true, undefined, null, Symbol("x")].map(describeKey);
    expect(texts).toEqual([
      "a",
      "",
      "1",
      "0",
      "NaN",
      "10",
      "true",
      "undefined",
      "null",
      "Symbol(x)",
    ]);
  });

  it("has at most 200 characters, and stays the same if it is described again", () => {
    const text = describeKey("x".repeat(10_000));
    expect(text).toBe(`${"x".repeat(199)}…`);
    expect(describeKey(text)).toBe(text);
    expect(describeKey("y".repeat(200))).toBe("y".repeat(200));
  });

  it("shows no password of an address", () => {
    expect(describeKey("postgres://me:p@ss@db:5432/app?a=b@c")).toBe(
      "postgres://***@db:5432/app?a=b@c",
    );
    expect(describeKey("https://db.example/a@b")).toBe("https://db.example/a@b");
    expect(describeKey(`redis://:${"p".repeat(500)}@cache`)).toBe("redis://***@cache");
  });

  it("shows no password of several addresses, of one with odd characters, or of a query", () => {
    const shown: Readonly<Record<string, string>> = {
      "redis://a:secret@h1,redis://b:secret@h2/0": "redis://***@h1,redis://***@h2/0",
      "http://a:secret@proxy -> http://b:secret@db": "http://***@proxy -> http://***@db",
      "postgres://me:a/secret@db/app": "postgres://***@db/app",
      "postgres://me:a secret@db/app": "postgres://***@db/app",
      "postgres://db/app?user=me&password=secret&a=b": "postgres://db/app?user=me&password=***&a=b",
      "postgres://db?sslpassword=secret": "postgres://db?sslpassword=***",
      "Server=db;Uid=me;Pwd=secret;Pooling=true": "Server=db;Uid=me;Pwd=***;Pooling=true",
      "Server=db;PASSWORD = secret": "Server=db;PASSWORD=***",
      "AccountName=a;AccountKey=secret==;b=c": "AccountName=a;AccountKey=***;b=c",
      "https://api.example/?token=secret&api_key=secret":
        "https://api.example/?token=***&api_key=***",
    };
    for (const [key, text] of Object.entries(shown)) expect(describeKey(key)).toBe(text);
    const others = ["http://h:80/@scope/x", "http://h:80", "key=5", "a://b c@d", "compass", "a=b"];
    expect(others.map(describeKey)).toEqual(others);
  });

  it("runs no code of the key", () => {
    const throwing = (): never => {
      throw new Error("ran");
    };
    const { proxy: revoked, revoke } = Proxy.revocable([], {});
    revoke();
    const objects = [
      { toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing },
      new Proxy({}, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing }),
      revoked,
      Object.create(null),
      [1],
      new URL("https://me:secret@db.example"),
      throwing,
    ];
    expect(objects.map(describeKey)).toEqual(objects.map(() => "an object"));
  });
});
