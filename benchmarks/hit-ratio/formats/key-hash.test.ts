import { describe, expect, test } from "vitest";
import { KeyHash } from "./key-hash.ts";

function hashOf(bytes: Uint8Array, step = bytes.length): string {
  const hash = new KeyHash();
  for (let at = 0; at < bytes.length; at += step)
    hash.add(bytes, at, Math.min(at + step, bytes.length));
  hash.finish();
  return [hash.first, hash.second, hash.third]
    .map((word) => word.toString(16).padStart(8, "0"))
    .join(" ");
}

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

describe("the hash of a key", () => {
  // Made with mmh3 5.3.1 of PyPI: mmh3_x86_128_digest(key, 0), without the last word.
  test.each([
    ["", "00000000 00000000 00000000"],
    ["a", "a794933c 5556b01b 5556b01b"],
    ["hello", "2b2444a0 db91def7 9adb31b6"],
    ["Hello, world!", "26acdba7 f0638dfc 402b4263"],
    ["0123456789abcdef", "fb7d4409 36aed30a 48ad1d9b"],
    ["/products/17?page=2", "5c3c5815 ec348a1c 043af5fa"],
    [ALL_BYTES, "2c56c88f db4503df d352b21a"],
    ["x".repeat(1_000), "02508d27 189b6cff c11edb6e"],
  ])("%j", (key, words) => {
    expect(hashOf(Buffer.from(key as string))).toBe(words);
  });

  test("is the same in pieces of any length", () => {
    const key = Buffer.concat([ALL_BYTES, ALL_BYTES]).subarray(0, 301);
    const steps = Array.from({ length: 40 }, (_, i) => i + 1);

    expect(new Set(steps.map((step) => hashOf(key, step)))).toEqual(new Set([hashOf(key)]));
  });

  test("does not depend on the key before", () => {
    const hash = new KeyHash();
    const key = Buffer.from("a key of more than sixteen bytes");
    hash.add(key, 0, key.length);
    hash.finish();
    const [first, second, third] = [hash.first, hash.second, hash.third];
    hash.add(Buffer.from("another"), 0, 7);
    hash.finish();
    hash.add(key, 0, key.length);
    hash.finish();

    expect([hash.first, hash.second, hash.third]).toEqual([first, second, third]);
  });

  // Among 2 ** 17 random words of 32 bits, two equal pairs are expected. More than 12 have a
  // probability of one in a million.
  test.each([
    ["numbers", (i: number) => `${i}`],
    ["URLs", (i: number) => `https://www.example.org/shop/products/${i}/reviews?page=1&sort=price`],
    ["padded numbers", (i: number) => `user:${String(i).padStart(24, "0")}`],
    ["numbers in front", (i: number) => `${i}${"x".repeat(40)}`],
  ])("spreads %s over all bits of each word", (_, keyOf) => {
    const hash = new KeyHash();
    const seen = [new Set<number>(), new Set<number>(), new Set<number>()];
    const count = 2 ** 17;
    const ones = new Uint32Array(96);
    for (let i = 0; i < count; i += 1) {
      const key = Buffer.from(keyOf(i));
      hash.add(key, 0, key.length);
      hash.finish();
      [hash.first, hash.second, hash.third].forEach((word, at) => {
        seen[at]!.add(word);
        for (let bit = 0; bit < 32; bit += 1) ones[32 * at + bit]! += (word >>> bit) & 1;
      });
    }

    for (const words of seen) expect(count - words.size).toBeLessThan(13);
    for (const ofBit of ones) expect(Math.abs(ofBit / count - 0.5)).toBeLessThan(0.01);
  });
});
