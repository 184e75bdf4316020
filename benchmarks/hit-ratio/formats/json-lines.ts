import type { ReadLine } from "./line-readers.ts";

/** JSON lines (https://jsonlines.org): one object per line. A field of it is the key. */
export function createJsonLineReader(field: string): ReadLine {
  return (sink, bytes, start, end, line) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const record = parseRecord(text);
    if (record === undefined) return sink.passOver("broken", line);
    const value = fieldOf(record, field);
    const key = isRounded(value) ? digitsOf(text, field, value) : keyText(value);
    if (key === undefined) sink.passOver("without the key", line);
    else sink.addText(key);
  };
}

/** The object or list in a line; undefined for other lines. */
export function parseRecord(line: string): object | undefined {
  try {
    const record = JSON.parse(line) as unknown;
    return typeof record === "object" && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a number has more digits than a double can hold, so that others are read as the same
 * number.
 */
function isRounded(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** The digits of a number as they are in the line. */
function digitsOf(text: string, field: string, value: number): string {
  const name = JSON.stringify(field.slice(field.lastIndexOf(".") + 1));
  const pattern = new RegExp(`${name.replace(/[^\w"]/g, "\\$&")}\\s*:\\s*(-?\\d+)`, "g");
  const found = [...text.matchAll(pattern)].find(([, digits]) => Number(digits) === value);
  return found?.[1] ?? String(value);
}

/** A field of an object: by its whole name, else by a path of names with dots. */
export function fieldOf(record: unknown, field: string): unknown {
  if (typeof record !== "object" || record === null) return undefined;
  if (Object.hasOwn(record, field)) return (record as Record<string, unknown>)[field];
  for (let dot = field.indexOf("."); dot !== -1; dot = field.indexOf(".", dot + 1)) {
    const name = field.slice(0, dot);
    if (!Object.hasOwn(record, name)) continue;
    const found = fieldOf((record as Record<string, unknown>)[name], field.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value as a key: a value other than a text becomes JSON. */
export function keyText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}
