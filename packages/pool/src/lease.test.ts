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
