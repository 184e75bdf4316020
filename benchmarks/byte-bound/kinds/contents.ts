import { Buffer } from "node:buffer";

/** An array of the results of `make` for 0 to `length - 1`. */
export const times = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));

/** The value as a program gets it if it parses JSON. */
export const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const STOCK = 2 ** 20;
/** Lower-case words. Each text is a part of them. */
const stock = Buffer.alloc(STOCK, 32);
for (let at = 0, x = 1; at < STOCK; at += 1) {
  x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
  if (at % 7 !== 6) stock[at] = 97 + ((x >>> 24) % 26);
}

/** Bytes that differ for each `i`: lower-case words. */
export function wordBytes(i: number, length: number): Buffer {
  // Not from the pool: some kinds measure the pool itself.
  const bytes = Buffer.alloc(length);
  const from = scatter(i) % (STOCK - Math.min(length, STOCK / 2));
  for (let at = 0; at < length; at += STOCK / 2) {
    bytes.set(stock.subarray(from, from + Math.min(STOCK / 2, length - at)), at);
  }
  for (let at = 0, x = i; at < Math.min(length, 7); at += 1, x = Math.floor(x / 26)) {
    bytes[at] = 97 + (x % 26);
  }
  return bytes;
}

/** Words that differ for each `i`, one byte per character and flat in memory. */
export const words = (i: number, length: number): string => wordBytes(i, length).toString("latin1");

/** A text of two bytes per character that differs for each `i`, flat in memory. */
export function wideWords(i: number, length: number): string {
  const bytes = Buffer.alloc(2 * length);
  for (let at = 0, x = i + 1; at < length; at += 1) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt16LE(0x4e00 + ((x >>> 16) % 20_000), 2 * at);
  }
  return bytes.toString("utf16le");
}

/** A pseudo-random number from 0 to 2^32 - 1. */
export function scatter(i: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
}

const hex = (i: number): string => scatter(i).toString(16).padStart(8, "0");

export function uuid(i: number): string {
  const [a, b, c, d] = [hex(4 * i), hex(4 * i + 1), hex(4 * i + 2), hex(4 * i + 3)];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}

export const url = (i: number): string =>
  `https://shop.example.com/catalogue/${words(i, 20).replaceAll(" ", "-")}/${hex(i)}?ref=${i}`;

export const email = (i: number): string => `${words(i, 6)}.${hex(i)}@mail.example.org`;

export const timestamp = (i: number): string =>
  new Date(1.6e12 + (scatter(i) % 1e11)).toISOString();

/** An array to which elements were pushed one by one. */
export function pushed<T>(length: number, make: (i: number) => T): T[] {
  const array: T[] = [];
  for (let i = 0; i < length; i += 1) array.push(make(i));
  return array;
}
