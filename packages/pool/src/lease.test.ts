import { describe, expect, it } from "vitest";
import { describeKey } from "./lease.ts";

describe("The text of a key", () => {
  it("is that of a text, a number and the like", () => {
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

  it("has 200 characters at most, and stays as it is when it is described again", () => {
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
