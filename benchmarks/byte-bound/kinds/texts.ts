import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { parsed, scatter, times, url, uuid, wideWords, wordBytes, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

/** A page from which fragments are cut. There is a new page after 50 fragments. */
let page = "";
/** Text as a table of lines and cells. */
const csv = (i: number, rows: number, longest: number): string =>
  Buffer.from(
    times(rows, (j) => `${rows * i + j},${words(i + j, longest)},${(i + j) * 1.25},${j}`).join(
      "\n",
    ),
  ).toString("latin1");
const html = (i: number): string =>
  Buffer.from(
    times(40, (j) => `<li><a href="/${uuid(i + j)}">${words(40 * i + j, 45)}</a></li>`).join("\n") +
      words(i, 12_000),
  ).toString("latin1");
const LINK = /<a href="([^"]+)">([^<]+)<\/a>/g;

/** Texts as values, inside values and as keys, in all forms in which an engine may store them. */
export const TEXT_KINDS: readonly Kind[] = [
  {
    name: "HTML fragments",
    isCompared: true,
    make: (i) => {
      if (i % 50 === 0) page = words(i, 100_000);
      return page.slice((i % 50) * 2_000, (i % 50) * 2_000 + 600);
    },
  },
  { name: "HTML pages", isCompared: true, make: (i) => words(i, 20_000) },
  {
    name: "long keys, small values",
    isCompared: true,
    keyOf: (i) => words(i, 180),
    make: (i) => i,
  },
  { name: "texts of 30 characters", make: (i) => words(i, 30) },
  { name: "texts as JSON", make: (i) => JSON.stringify({ i, url: url(i), text: words(i, 150) }) },
  { name: "two-byte texts", make: (i) => wideWords(i, 300) },
  { name: "two-byte keys", keyOf: (i) => wideWords(i, 60), make: (i) => i },
  { name: "Latin text with an emoji", make: (i) => parsed(`${words(i, 250)} \u{1F600}`) },
  {
    name: "ASCII cut out of wide text",
    make: (i) => `${words(i, 800)} ${wideWords(i, 3)}`.normalize().slice(0, 700),
  },
  {
    name: "fields of ASCII cut out of wide text",
    unseen: "two bytes a character, on Node 20",
    options: { detachTexts: true },
    make: (i) => {
      const line = parsed(`${words(i, 400)};${words(i + 1, 380)};\u{1F600}`) as string;
      const [title, note] = line.split(";");
      return { title, note };
    },
  },
  { name: "hex", make: (i) => wordBytes(i, 300).toString("hex") },
  { name: "base64", make: (i) => wordBytes(i, 300).toString("base64") },
  {
    name: "hex of one length above 16,383",
    make: (i) => ({ hex: wordBytes(i, 8_500).toString("hex") }),
  },
  { name: "random hex of one length above 16,383", make: () => randomBytes(8_500).toString("hex") },
  { name: "template texts", make: (i) => `user-${i}@example.com/some/path/${i + 1}/and/more` },
  {
    name: "fields of template texts",
    make: (i) => ({
      id: i,
      href: `/users/${i}/orders?page=${i % 10}`,
      title: `Orders of user ${i}`,
    }),
  },
  {
    name: "a text grown piece by piece",
    make: (i) => {
      let text = "";
      for (let j = 0; j < 60; j += 1) text += `<td>${i + j}</td>`;
      return text;
    },
  },
  {
    name: "fields that are concatenations",
    make: (i) => {
      let body = "";
      for (let j = 0; j < 30; j += 1) body += `${words(i + j, 20)}\n`;
      return { id: i, body, footer: `${words(i, 30)}${words(i + 1, 30)}` };
    },
  },
  {
    name: "joined and replaced texts",
    make: (i) => [words(i, 90).replaceAll("a", "--"), i].join("/"),
  },
  { name: "upper case", make: (i) => words(i, 150).toUpperCase() },
  { name: "trimmed texts", make: (i) => `   ${words(i, 400)}   `.trim() },
  { name: "decoded texts", make: (i) => decodeURIComponent(encodeURIComponent(words(i, 200))) },
  { name: "lines of a split page", make: (i) => csv(i, 50, 90).split("\n") },
  {
    name: "cells of a split table",
    make: (i) =>
      csv(i, 30, 40)
        .split("\n")
        .map((line) => line.split(",")),
  },
  { name: "short cells of a split table", make: (i) => csv(i, 60, 8).split(/[\n,]/) },
  {
    name: "parsed CSV",
    isCompared: true,
    make: (i) => times(20, (j) => ({ id: 1000 * i + j, name: words(i + j, 14), price: i + j / 8 })),
  },
  {
    name: "RegExp matches, detached deep",
    options: { detachTexts: "deep" as never },
    make: (i) => Array.from(html(i).matchAll(LINK), ([, href, title]) => ({ href, title })),
  },
  {
    name: "one field of a page, detached deep",
    options: { detachTexts: "deep" as never },
    make: (i) => {
      const text = html(i);
      return { id: i, title: text.slice(60, 110), next: { href: text.slice(15, 52) } };
    },
  },
  {
    name: "texts cut for keys",
    keyOf: (i) => `${words(i, 3_000)}${i}`.toUpperCase().slice(100, 160),
    make: (i) => i,
  },
  { name: "short texts", keyOf: (i) => i, make: (i) => `s${scatter(i) % 1e6}` },
  {
    name: "texts in arrays",
    make: (i) => times(30, (j) => words(30 * i + j, 14 + (j % 30))),
  },
];
