import { serialize } from "node:v8";
import { importBare } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import { detach } from "../src/index.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** All characters that fit into a byte, and one that makes all of them two bytes wide. */
const WIDE_DOCUMENT = `${String.fromCharCode(...Array(256).keys()).repeat(3)}\u4e00`;

/** Bytes per character in V8, which its serializer shows. */
function bytesPerCharacter(text: string): number {
  return serialize(text)[2] === 0x22 ? 1 : 2;
}

describe("a detached text", () => {
  test("takes one byte per character if no character needs two, even if its parent takes two", () => {
    for (const length of [13, 14, 24, 25, 36, 100, 512, 700]) {
      const cut = WIDE_DOCUMENT.slice(3, 3 + length);
      expect(bytesPerCharacter(cut)).toBe(2);
      const copy = detach(cut);
      expect(copy).toBe(cut);
      expect([length, bytesPerCharacter(copy)]).toEqual([length, 1]);
    }
  });

  test.each([
    ["split", "\u4e00".concat(",", LETTERS).split(",")[1]!],
    ["a regular expression", /[a-z0-9]+/.exec(`\u4e00${LETTERS}`)![0]],
    ["trim", `\u2028${LETTERS}\u2028`.trim()],
    ["characters of Latin-1", `${"\xe4\xf6\xfc\x80\x9f\xff\0".repeat(4)}\u0100`.slice(0, 28)],
  ])("of %s takes one byte per character", (_, text) => {
    expect(bytesPerCharacter(text)).toBe(2);
    expect(detach(text)).toBe(text);
    expect(bytesPerCharacter(detach(text))).toBe(1);
  });

  test("takes two bytes per character if one character needs them", () => {
    const texts = [
      "\u0100".repeat(13),
      `${LETTERS}\u20ac`,
      `\u{1f600}${LETTERS}`,
      `${LETTERS}\ud83d`,
      `\ude00${LETTERS}\ud83d`,
      "\uffff".repeat(20),
      "\u4e00".repeat(70_000),
    ];
    for (const text of texts) {
      const copy = detach(`<${text}>`.slice(1, -1));
      expect(copy).toBe(text);
      expect(bytesPerCharacter(copy)).toBe(2);
    }
  });

  test("is equal to a concatenation, and to a text with one byte per character", () => {
    let rope = "";
    for (let i = 0; i < 1000; i++) rope += `part ${i}, `;
    for (const text of [rope, LETTERS, LETTERS.repeat(10_000), "\xff".repeat(100_000)]) {
      expect(detach(text)).toBe(text);
      expect(bytesPerCharacter(detach(text))).toBe(1);
    }
  });

  test("of up to 12 characters is the text itself", () => {
    for (const text of ["", "a", "\u4e00", "\ud83d", LETTERS.slice(0, 12)]) {
      expect(detach(text)).toBe(text);
    }
  });

  test("may have many millions of characters", () => {
    const text = LETTERS.repeat(500_000);
    expect(detach(text.slice(1)) === text.slice(1)).toBe(true);
    const wide = "\u4e00".repeat(2 ** 24);
    expect(detach(wide.slice(1)) === wide.slice(1)).toBe(true);
  });
});

test.each([undefined, null, 1, {}, [], new String(LETTERS), Symbol("s"), 1n])(
  "a value that is not a text is a TypeError: %s",
  (value) => {
    expect(() => detach(value as never)).toThrow(TypeError);
  },
);

describe("in other hosts", () => {
  const code = 'export { detach } from "@heapwise/sizeof";';
  const texts = [
    WIDE_DOCUMENT.slice(3, 600),
    WIDE_DOCUMENT,
    LETTERS,
    "\u4e00".repeat(100),
    `${LETTERS}\ud83d`,
    WIDE_DOCUMENT.slice(0, 512).repeat(1000),
  ];

  test("a page or worker copies through base64", () => {
    const { detach: inBrowser } = importBare<{ detach: typeof detach }>(code, {
      given: { atob, btoa },
    });
    for (const text of texts) expect(inBrowser(text) === text).toBe(true);
    expect(bytesPerCharacter(inBrowser(texts[0]!))).toBe(1);
    expect(bytesPerCharacter(inBrowser(texts[5]!))).toBe(1);
  });

  test("the text is equal if the host has no function that copies it", () => {
    const { detach: bare } = importBare<{ detach: typeof detach }>(code);
    for (const text of texts) expect(bare(text) === text).toBe(true);
  });
});
